// SPDX-License-Identifier: EUPL-1.2

package deploy_test

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// objects are those of the base, by kind and name.
func objects(t *testing.T) map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]any{}
	for _, file := range at(documents(t, "kubernetes/kustomization.yaml")[0], "resources").([]any) {
		for _, o := range documents(t, "kubernetes/"+file.(string)) {
			if o["apiVersion"] == nil {
				t.Fatalf("%s: an object without version", file)
			}
			all[fmt.Sprintf("%s/%s", o["kind"], at(o, "metadata.name"))] = o
		}
	}
	return all
}

// hardened is what must stand in the objects, by path; the whole table is what
// Pod Security "restricted" asks, and more.
var hardened = []struct {
	object, path string
	want         any
}{
	{"Namespace/seinhuis", "metadata.labels.pod-security.kubernetes.io/enforce", "restricted"},
	{"ServiceAccount/seinhuis", "automountServiceAccountToken", false},
	{"Deployment/seinhuis", "spec.template.spec.automountServiceAccountToken", false},
	{"Deployment/seinhuis", "spec.template.spec.enableServiceLinks", false},
	{"Deployment/seinhuis", "spec.template.spec.hostNetwork", nil},
	{"Deployment/seinhuis", "spec.template.spec.hostPID", nil},
	{"Deployment/seinhuis", "spec.template.spec.securityContext.runAsNonRoot", true},
	{"Deployment/seinhuis", "spec.template.spec.securityContext.runAsUser", 65532},
	{"Deployment/seinhuis", "spec.template.spec.securityContext.fsGroup", 65532},
	{"Deployment/seinhuis", "spec.template.spec.securityContext.seccompProfile.type", "RuntimeDefault"},
	{"Deployment/seinhuis", "spec.template.spec.containers.0.securityContext.allowPrivilegeEscalation", false},
	{"Deployment/seinhuis", "spec.template.spec.containers.0.securityContext.readOnlyRootFilesystem", true},
	{"Deployment/seinhuis", "spec.template.spec.containers.0.securityContext.privileged", false},
	{"Deployment/seinhuis", "spec.template.spec.containers.0.securityContext.capabilities.drop.0", "ALL"},
	{"Deployment/seinhuis", "spec.template.spec.containers.0.securityContext.capabilities.add", nil},
	{"Deployment/seinhuis", "spec.template.spec.containers.0.env.0.name", "GOMEMLIMIT"}, // and no other
	{"Deployment/seinhuis", "spec.template.spec.containers.0.env.1", nil},
	{"Deployment/seinhuis", "spec.template.spec.containers.1", nil},
	{"Deployment/seinhuis", "spec.template.spec.containers.0.readinessProbe.httpGet.path", "/gereed"},
	{"Deployment/seinhuis", "spec.template.spec.containers.0.livenessProbe.httpGet.path", "/levend"},
	{"Deployment/seinhuis", "spec.strategy.rollingUpdate.maxUnavailable", 0},
	{"Service/seinhuis-console", "spec.sessionAffinity", "ClientIP"},
	{"Service/seinhuis-metrics", "spec.clusterIP", "None"},
	{"PodDisruptionBudget/seinhuis", "spec.minAvailable", 2},
	{"HorizontalPodAutoscaler/seinhuis", "spec.minReplicas", 3},
	{"NetworkPolicy/deny-all", "spec.policyTypes.0", "Ingress"},
	{"NetworkPolicy/deny-all", "spec.policyTypes.1", "Egress"},
	{"NetworkPolicy/deny-all", "spec.ingress", nil},
	{"NetworkPolicy/deny-all", "spec.egress", nil},
	{"NetworkPolicy/outside-out", "spec.egress.0.ports.0.port", 443},
}

func TestKubernetesIsHardened(t *testing.T) {
	all := objects(t)
	for _, h := range hardened {
		o, there := all[h.object]
		if !there {
			t.Errorf("%s is not in the base", h.object)
			continue
		}
		got := at(o, h.path)
		if label, ok := strings.CutPrefix(h.path, "metadata.labels."); ok { // its name has dots
			got = o["metadata"].(map[string]any)["labels"].(map[string]any)[label]
		}
		if fmt.Sprint(got) != fmt.Sprint(h.want) {
			t.Errorf("%s: %s is %v, want %v", h.object, h.path, got, h.want)
		}
	}
}

// TestKubernetesFitsTheConfiguration: ports are those that a node listens on,
// probes that of waarneming, paths are mounted, and the time to drain is enough.
func TestKubernetesFitsTheConfiguration(t *testing.T) {
	all := objects(t)
	node := documents(t, "kubernetes/seinhuis.yaml")[0]
	pod := at(all["Deployment/seinhuis"], "spec.template.spec")
	ports := map[string]string{}
	for _, p := range at(pod, "containers.0.ports").([]any) {
		ports[fmt.Sprint(at(p, "name"))] = fmt.Sprint(at(p, "containerPort"))
	}
	for name, path := range map[string]string{"api": "luister", "sftp": "sftp", "console": "console.luister", "peiling": "waarneming.peiling", "metrics": "waarneming.metrics.luister"} {
		if address := fmt.Sprint(at(node, path)); address != "0.0.0.0:"+ports[name] {
			t.Errorf("%s listens on %s, and the pod names port %s", path, address, ports[name])
		}
	}
	for key, o := range all {
		if !strings.HasPrefix(key, "Service/") {
			continue
		}
		if at(o, "spec.selector.app.kubernetes.io/name") == nil && fmt.Sprint(at(o, "spec.selector")) != "map[app.kubernetes.io/name:seinhuis]" {
			t.Errorf("%s selects %v", key, at(o, "spec.selector"))
		}
		for _, p := range at(o, "spec.ports").([]any) {
			if name := fmt.Sprint(at(p, "targetPort")); ports[name] == "" {
				t.Errorf("%s goes to port %s, which the pod does not name", key, name)
			}
		}
	}
	drain, err := time.ParseDuration(fmt.Sprint(at(node, "uitloop")))
	grace := time.Duration(at(pod, "terminationGracePeriodSeconds").(uint64)) * time.Second
	if err != nil || grace < drain+20*time.Second+30*time.Second {
		t.Errorf("%s to drain and 20 s to close doors, and the pod is killed after %s", drain, grace)
	}
	var mounts []string
	for _, m := range at(pod, "containers.0.volumeMounts").([]any) {
		mounts = append(mounts, strings.TrimPrefix(fmt.Sprint(at(m, "mountPath")), "/var/lib/seinhuis/"))
		if path := fmt.Sprint(at(m, "mountPath")); path != "/var/lib/seinhuis" && path != "/tmp" && at(m, "readOnly") != true {
			t.Errorf("%s can be written", path)
		}
	}
	for _, path := range paths(node) {
		if folder, _, _ := strings.Cut(path, "/"); !slices.Contains(mounts, folder) {
			t.Errorf("seinhuis.yaml names %s, and nothing is mounted there", path)
		}
	}
}

// paths are the values that name a file of the node's directory.
func paths(v any) (found []string) {
	switch x := v.(type) {
	case map[string]any:
		for _, e := range x {
			found = append(found, paths(e)...)
		}
	case string:
		if folder, rest, in := strings.Cut(x, "/"); in && rest != "" && slices.Contains([]string{"tls", "geheim", "routering"}, folder) {
			found = append(found, x)
		}
	}
	return found
}

// TestKustomizeBuilds lets the real tool put the base together.
func TestKustomizeBuilds(t *testing.T) {
	tool, err := exec.LookPath("kubectl")
	if err != nil {
		t.Skip("kubectl is not installed")
	}
	out, err := exec.Command(tool, "kustomize", "kubernetes").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := strings.Count("\n"+string(out), "\nkind: "); n != len(objects(t))+1 { // and the ConfigMap
		t.Errorf("%d objects", n)
	}
}
