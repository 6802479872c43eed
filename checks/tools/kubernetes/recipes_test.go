// Package kubernetes_test checks the Kubernetes recipes against Kubernetes' own
// types, and the Helm recipe as Helm renders it.
package kubernetes_test

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

const recipes = "../../../testdata/recipes/"

// hooks are the annotations of each recipe, which make a Job a hook.
var hooks = map[string]map[string]string{
	"kubernetes-job.yaml": nil,
	"helm-hook.yaml":      {"helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-delete-policy": "before-hook-creation"},
	"argocd-presync.yaml": {"argocd.argoproj.io/hook": "PreSync", "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation"},
}

// Each recipe is one Job without unknown fields. It starts one Pod, once, without
// privileges, and the key comes from a Secret.
func TestRecipes(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(recipes + "*.yaml")
	if err != nil || len(files) != len(hooks)+1 { // and compose.yaml
		t.Errorf("found the recipes %v (%v), want %d", files, err, len(hooks)+1)
	}
	for name, annotations := range hooks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := read(t, name)
			if name == "helm-hook.yaml" {
				text = render(t, text)
			}
			var job batch.Job
			if err := yaml.UnmarshalStrict(text, &job); err != nil {
				t.Fatalf("%v in:\n%s", err, text)
			}
			if job.APIVersion != "batch/v1" || job.Kind != "Job" || !maps.Equal(job.Annotations, annotations) {
				t.Errorf("expected a Job with the annotations %v, found %s %s with %v", annotations, job.APIVersion, job.Kind, job.Annotations)
			}
			check(t, job.Spec)
		})
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(recipes + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestUnknownFields(t *testing.T) {
	t.Parallel()
	text := read(t, "kubernetes-job.yaml")
	for _, field := range []string{"backoffLimit", "restartPolicy", "readOnlyRootFilesystem", "secretKeyRef"} {
		misspelled := bytes.Replace(text, []byte(field+":"), []byte(field+"s:"), 1)
		if err := yaml.UnmarshalStrict(misspelled, &batch.Job{}); err == nil || !strings.Contains(err.Error(), field+"s") {
			t.Errorf("%s: got %v", field, err)
		}
	}
}

func check(t *testing.T, spec batch.JobSpec) {
	t.Helper()
	pod := spec.Template.Spec
	if spec.BackoffLimit == nil || *spec.BackoffLimit != 0 || pod.RestartPolicy != core.RestartPolicyNever ||
		spec.Completions != nil || spec.Parallelism != nil || spec.ActiveDeadlineSeconds == nil {
		t.Errorf("a wrong key is sent more than once: %+v", spec)
	}
	if len(pod.Containers) != 1 || len(pod.InitContainers) != 0 {
		t.Fatalf("expected one container, found %+v", pod)
	}
	no, yes, user := false, true, int64(65532)
	security, own := pod.SecurityContext, pod.Containers[0].SecurityContext
	if !same(pod.AutomountServiceAccountToken, &no) || !same(pod.EnableServiceLinks, &no) || security == nil || !same(security.RunAsNonRoot, &yes) ||
		!same(security.RunAsUser, &user) || security.SeccompProfile == nil || security.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault ||
		own == nil || !same(own.AllowPrivilegeEscalation, &no) || !same(own.ReadOnlyRootFilesystem, &yes) ||
		own.Capabilities == nil || len(own.Capabilities.Drop) != 1 || own.Capabilities.Drop[0] != "ALL" || len(own.Capabilities.Add) != 0 {
		t.Errorf("the Pod has more privileges than it needs: %+v", pod)
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

// render puts a template into a chart and renders it as Helm would install it.
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
	if err := os.Mkdir(filepath.Join(chart, "templates"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\nicon: https://example.com/icon.svg\n", "values.yaml": "{}\n",
		"templates/flexy-key-check.yaml": string(template),
	} {
		if err := os.WriteFile(filepath.Join(chart, name), []byte(text), 0o600); err != nil {
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
