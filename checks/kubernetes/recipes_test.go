// Package kubernetes_test checks the recipes for Kubernetes against its own
// types, and Helm's by its own rendering.
package kubernetes_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

const recipes = "../../testdata/recipes/"

// hooks are the annotations that make a hook of a Job.
var hooks = map[string]map[string]string{
	"kubernetes-job.yaml": nil,
	"helm-hook.yaml":      {"helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-delete-policy": "before-hook-creation"},
	"argocd-presync.yaml": {"argocd.argoproj.io/hook": "PreSync", "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation"},
}

// Each recipe is one Job whose fields are all Kubernetes' own. It starts one
// Pod, once, without any rights, and the key comes from a Secret.
func TestRecipes(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(recipes + "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, file := range files {
		name := filepath.Base(file)
		if name == "compose.yaml" {
			continue
		}
		tried++
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if name == "helm-hook.yaml" {
				text = render(t, text)
			}
			var job batch.Job
			if err := yaml.UnmarshalStrict(text, &job); err != nil {
				t.Fatalf("%v in:\n%s", err, text)
			}
			annotations, known := hooks[name]
			if !known || job.APIVersion != "batch/v1" || job.Kind != "Job" || len(job.Annotations) != len(annotations) {
				t.Errorf("expected a Job with the annotations %v, found %s %s with %v", annotations, job.APIVersion, job.Kind, job.Annotations)
			}
			for key, want := range annotations {
				if job.Annotations[key] != want {
					t.Errorf("annotation %s is %q, want %q", key, job.Annotations[key], want)
				}
			}
			check(t, job.Spec)
		})
	}
	if tried != len(hooks) {
		t.Errorf("%d recipes, want %d", tried, len(hooks))
	}
}

// A field that Kubernetes does not have is refused.
func TestStrict(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(recipes + "kubernetes-job.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"backoffLimit", "restartPolicy", "readOnlyRootFilesystem", "secretKeyRef"} {
		misspelled := bytes.Replace(text, []byte(field+":"), []byte(field+"s:"), 1)
		if err := yaml.UnmarshalStrict(misspelled, &batch.Job{}); bytes.Equal(misspelled, text) || err == nil || !strings.Contains(err.Error(), field+"s") {
			t.Errorf("%s: got %v", field, err)
		}
	}
}

func check(t *testing.T, spec batch.JobSpec) {
	t.Helper()
	pod := spec.Template.Spec
	if spec.BackoffLimit == nil || *spec.BackoffLimit != 0 || pod.RestartPolicy != core.RestartPolicyNever ||
		spec.Completions != nil || spec.Parallelism != nil || spec.ActiveDeadlineSeconds == nil {
		t.Errorf("a wrong key is tried more than once: %+v", spec)
	}
	if len(pod.Containers) != 1 || len(pod.InitContainers) != 0 {
		t.Fatalf("expected one container, found %+v", pod)
	}
	no, yes, user := false, true, int64(65532)
	rights, own := pod.SecurityContext, pod.Containers[0].SecurityContext
	if !same(pod.AutomountServiceAccountToken, &no) || !same(pod.EnableServiceLinks, &no) || rights == nil || !same(rights.RunAsNonRoot, &yes) ||
		!same(rights.RunAsUser, &user) || rights.SeccompProfile == nil || rights.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault ||
		own == nil || !same(own.AllowPrivilegeEscalation, &no) || !same(own.ReadOnlyRootFilesystem, &yes) ||
		own.Capabilities == nil || len(own.Capabilities.Drop) != 1 || own.Capabilities.Drop[0] != "ALL" || len(own.Capabilities.Add) != 0 {
		t.Errorf("the Pod has more rights than it needs: %+v", pod)
	}
	env := map[string]core.EnvVar{}
	for _, v := range pod.Containers[0].Env {
		env[v.Name] = v
	}
	from := env["FLEXY_API_KEY"].ValueFrom
	if from == nil || from.SecretKeyRef == nil || env["FLEXY_API_KEY"].Value != "" || env["FLEXY_ENVIRONMENT"].Value != "production" {
		t.Errorf("expected the key from a Secret and an environment, found %+v", env)
	}
}

func same[T comparable](got, want *T) bool { return got != nil && *got == *want }

// render puts a template into a chart, and renders it as Helm installs it.
func render(t *testing.T, template []byte) []byte {
	t.Helper()
	helm, err := exec.LookPath("helm")
	switch {
	case err == nil:
	case os.Getenv("FLEXY_ENGINE") == "require":
		t.Fatal(err)
	default:
		t.Skipf("skipped (.ci/run installs what is missing): %v", err)
	}
	chart := t.TempDir()
	for name, text := range map[string]string{
		"Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\nicon: https://example.com/icon.svg\n", "values.yaml": "{}\n",
		"templates/flexy-key-check.yaml": string(template),
	} {
		path := filepath.Join(chart, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if output, err := exec.CommandContext(t.Context(), helm, "lint", "--strict", chart).CombinedOutput(); err != nil {
		t.Fatalf("helm lint: %v\n%s", err, output)
	}
	output, err := exec.CommandContext(t.Context(), helm, "template", "blue", chart).Output()
	if err != nil || !bytes.Contains(output, []byte("name: blue-flexy-key-check\n")) {
		t.Fatalf("helm template: %v\n%s", err, output)
	}
	return output
}
