// SPDX-License-Identifier: EUPL-1.2

package deploy_test

import (
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var buildLine = regexp.MustCompile(`(?m)(CGO_ENABLED=\d) go build (.*?) ?-o (\S+) (\S+)`)

// TestImageIsBuiltAsTested: the Dockerfile builds with the flags of .ci/run, the
// Go of go.mod, and ends on nothing, as nobody.
func TestImageIsBuiltAsTested(t *testing.T) {
	text := read(t, "container/Dockerfile")
	ci := buildLine.FindStringSubmatch(read(t, "../.ci/run"))
	built := buildLine.FindAllStringSubmatch(text, -1)
	if ci == nil || len(built) != 2 {
		t.Fatalf("%d programs in the image, .ci/run: %v", len(built), ci)
	}
	for _, b := range built {
		if b[1] != ci[1] || b[2] != ci[2] {
			t.Errorf("the image builds with %s %s, .ci/run with %s %s", b[1], b[2], ci[1], ci[2])
		}
		if !strings.Contains(text, "COPY --from=build "+b[3]+" /"+path.Base(b[4])+"\n") {
			t.Errorf("%s is built and not copied", b[4])
		}
	}
	language := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../go.mod"))[1]
	if !strings.Contains(text, "FROM golang:"+language+".") {
		t.Errorf("go.mod says %s", language)
	}
	_, last, _ := strings.Cut(text, "\nFROM scratch\n")
	for _, line := range []string{"USER 65532:65532\n", "STOPSIGNAL SIGTERM\n", `ENTRYPOINT ["/seinhuis"]`, "HEALTHCHECK "} {
		if !strings.Contains(last, line) {
			t.Errorf("the image lacks %q", line)
		}
	}
	if strings.Contains(last, "\nRUN ") || strings.Contains(last, "\nADD ") {
		t.Error("something is made in the last stage")
	}
}

// TestBuildReadsWhatItEmbeds: what the programs embed is not kept from the build
// by the list of what it may see.
func TestBuildReadsWhatItEmbeds(t *testing.T) {
	var without []string
	var folders []string
	for line := range strings.Lines(read(t, "container/Dockerfile.dockerignore")) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "!"):
			folders = append(folders, line[1:])
		case strings.HasPrefix(line, "**/"):
			without = append(without, line[3:])
		}
	}
	list := exec.Command("go", "list", "-deps", "-f", `{{if not .Standard}}{{with .Module}}{{if .Main}}{{range $.EmbedFiles}}{{$.ImportPath}}/{{.}} {{end}}{{range $.GoFiles}}{{$.ImportPath}}/{{.}} {{end}}{{end}}{{end}}{{end}}`,
		"./cmd/seinhuis", "./cmd/seincheck")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range strings.Fields(string(out)) {
		file = strings.TrimPrefix(file, "github.com/seinhuis/seinhuis/")
		seen++
		top, _, _ := strings.Cut(file, "/")
		if !slices.Contains(folders, top) {
			t.Errorf("the build does not see %s", file)
		}
		for _, pattern := range without {
			for part := range strings.SplitSeq(file, "/") {
				if matched, _ := path.Match(pattern, part); matched {
					t.Errorf("the build does not see %s: **/%s", file, pattern)
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d files", seen)
	}
}

// TestCompose: every service says how it is healthy, none is privileged, and the
// engines are on the network that nobody reaches.
func TestCompose(t *testing.T) {
	file := documents(t, "container/compose.yaml")[0]
	services := at(file, "services").(map[string]any)
	if at(file, "networks.engines.internal") != true {
		t.Error("the network of the engines is not internal")
	}
	for name, s := range services {
		if at(s, "healthcheck.test") == nil {
			t.Errorf("%s has no health check", name)
		}
		if at(s, "privileged") != nil || at(s, "cap_add") != nil || at(s, "network_mode") != nil {
			t.Errorf("%s asks for more than it needs", name)
		}
		if at(s, "security_opt.0") != "no-new-privileges:true" {
			t.Errorf("%s may gain privileges", name)
		}
		if at(s, "ports") != nil && name != "front" {
			t.Errorf("%s publishes ports", name)
		}
		node := strings.HasPrefix(name, "node")
		for path, want := range map[string]any{"user": "65532:65532", "read_only": true, "cap_drop.0": "ALL"} {
			if node && at(s, path) != want {
				t.Errorf("%s: %s is %v", name, path, at(s, path))
			}
		}
	}
	for name, from := range at(file, "secrets").(map[string]any) {
		if file, _ := at(from, "file").(string); !strings.HasPrefix(file, "./geheim/") && !strings.HasPrefix(file, "./tls/") {
			t.Errorf("the secret %s is not a file of geheim or tls", name)
		}
	}
	if len(services) != 7 {
		t.Errorf("%d services", len(services))
	}
}
