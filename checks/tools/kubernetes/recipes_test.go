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
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"
)

const recipes = "../../../testdata/recipes/"

const job = "kubernetes-job.yaml"

// hooks are the files whose metadata makes the Job a hook, with their annotations.
var hooks = map[string]map[string]string{
	"":                     nil,
	"helm-metadata.yaml":   {"helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-delete-policy": "before-hook-creation"},
	"argocd-metadata.yaml": {"argocd.argoproj.io/hook": "PreSync", "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation"},
}

// The Job has no unknown field, alone and as each hook. It starts one Pod, once,
// without privileges, and the key comes from a Secret.
func TestRecipes(t *testing.T) {
	t.Parallel()
	for name, annotations := range hooks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			texts := [][]byte{read(t, job)}
			switch name {
			case "":
			case "helm-metadata.yaml":
				template := hook(t, name)
				texts = nil
				for _, release := range []string{"blue", strings.Repeat("b", 53), strings.Repeat("b", 46) + "-" + strings.Repeat("b", 6)} {
					texts = append(texts, render(t, template, release))
				}
			default:
				texts = [][]byte{hook(t, name)}
			}
			for _, text := range texts {
				var job batch.Job
				if err := yaml.UnmarshalStrict(text, &job); err != nil {
					t.Fatalf("%v in:\n%s", err, text)
				}
				if job.APIVersion != "batch/v1" || job.Kind != "Job" || !maps.Equal(job.Annotations, annotations) {
					t.Errorf("expected a Job with the annotations %v, found %s %s with %v", annotations, job.APIVersion, job.Kind, job.Annotations)
				}
				if problems := validation.IsDNS1123Label(job.Name); len(problems) > 0 { // it becomes a label
					t.Errorf("the name %s: %v", job.Name, problems)
				}
				check(t, job.Spec)
				fromSecret(t, job, "FLEXY_API_KEY", "api-key")
				if v := variables(job)["FLEXY_ENVIRONMENT"]; v.Value != "production" {
					t.Errorf("expected production, found %+v", v)
				}
			}
		})
	}
}

// hook returns the Job with the metadata of another file in place of its own.
func hook(t *testing.T, name string) []byte {
	t.Helper()
	_, metadata, _ := bytes.Cut(read(t, name), []byte("\nmetadata:\n"))
	own := []byte("metadata:\n  name: flexy-key-check\n")
	text := read(t, job)
	if bytes.Count(text, own) != 1 {
		t.Fatalf("the Job has other metadata:\n%s", text)
	}
	return bytes.Replace(text, own, append([]byte("metadata:\n"), metadata...), 1)
}

// The patch turns the Job into one that checks the keys of the documents' policy file,
// and changes nothing else.
func TestPolicyPatch(t *testing.T) {
	t.Parallel()
	original, err := yaml.YAMLToJSON(read(t, job))
	if err != nil {
		t.Fatal(err)
	}
	patch, err := yaml.YAMLToJSON(read(t, "kubernetes-policy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	patched, err := strategicpatch.StrategicMergePatch(original, patch, batch.Job{})
	if err != nil {
		t.Fatal(err)
	}
	var got batch.Job
	if err := yaml.UnmarshalStrict(patched, &got); err != nil {
		t.Fatal(err)
	}
	check(t, got.Spec)
	var policy struct{ Keys []struct{ Name, Env string } }
	if err := yaml.Unmarshal(read(t, "../policy/keys.yml"), &policy); err != nil {
		t.Fatal(err)
	}
	for _, key := range policy.Keys {
		fromSecret(t, got, key.Env, key.Name)
	}
	env := variables(got)
	if _, ok := env["FLEXY_API_KEY"]; ok || env["FLEXY_POLICY"].Value != "/policy/keys.yml" || len(env) != 1+len(policy.Keys) {
		t.Errorf("found the variables %+v", env)
	}
	pod := got.Spec.Template.Spec
	mounts := pod.Containers[0].VolumeMounts
	if len(pod.Volumes) != 1 || pod.Volumes[0].ConfigMap == nil || pod.Volumes[0].ConfigMap.Name != "flexy-keys" ||
		len(mounts) != 1 || mounts[0].Name != pod.Volumes[0].Name || mounts[0].MountPath != "/policy" {
		t.Errorf("the policy is not mounted: %+v, %+v", pod.Volumes, mounts)
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
	text := read(t, job)
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
		!same(security.RunAsUser, &user) || !same(security.RunAsGroup, &user) || security.SeccompProfile == nil || security.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault ||
		own == nil || !same(own.AllowPrivilegeEscalation, &no) || !same(own.ReadOnlyRootFilesystem, &yes) ||
		own.Capabilities == nil || len(own.Capabilities.Drop) != 1 || own.Capabilities.Drop[0] != "ALL" || len(own.Capabilities.Add) != 0 {
		t.Errorf("the Pod has more privileges than it needs: %+v", pod)
	}
}

func variables(job batch.Job) map[string]core.EnvVar {
	env := map[string]core.EnvVar{}
	for _, v := range job.Spec.Template.Spec.Containers[0].Env {
		env[v.Name] = v
	}
	return env
}

func fromSecret(t *testing.T, job batch.Job, variable, key string) {
	t.Helper()
	v := variables(job)[variable]
	if v.Value != "" || v.ValueFrom == nil || v.ValueFrom.SecretKeyRef == nil || v.ValueFrom.SecretKeyRef.Name != "flexy" || v.ValueFrom.SecretKeyRef.Key != key {
		t.Errorf("expected %s from a Secret, found %+v", variable, v)
	}
}

func same[T comparable](got, want *T) bool { return got != nil && *got == *want }

// render puts a template into a chart and renders it as Helm would install it under a name.
func render(t *testing.T, template []byte, release string) []byte {
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
	output, err := exec.CommandContext(t.Context(), helm, "template", release, chart).Output()
	if err != nil {
		t.Fatalf("helm template: %v\n%s", err, output)
	}
	return output
}
