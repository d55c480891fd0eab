// SPDX-License-Identifier: EUPL-1.2

// Package deploy_test holds the files of deploy to the program and to each
// other: what they name exists, what they promise to harden is there, and nothing
// in them is secret. It needs no container engine.
package deploy_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// files gives every file of deploy by its path, but those of test servers, which
// are a module of their own, and Go.
func files(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if path == "testservers" {
				return fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".go") {
			all[filepath.ToSlash(path)] = read(t, path)
		}
		return nil
	})
	if err != nil || len(all) < 12 {
		t.Fatalf("%d files: %v", len(all), err)
	}
	return all
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// documents reads every YAML document of a file; a name that stands twice in a
// mapping is an error.
func documents(t *testing.T, path string) (all []map[string]any) {
	t.Helper()
	for text := range strings.SplitSeq(read(t, path), "\n---\n") {
		var one map[string]any
		if err := yaml.NewDecoder(bytes.NewReader([]byte(text)), yaml.Strict()).Decode(&one); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, one)
	}
	return all
}

// at follows a path of names and places: "spec.containers.0.image".
func at(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[name]
		case []any:
			i := 0
			for _, digit := range name {
				i = i*10 + int(digit-'0')
			}
			if i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// TestEveryFileParses: YAML by the strict reader; the others have tests of
// their own.
func TestEveryFileParses(t *testing.T) {
	seen := 0
	for path := range files(t) {
		if strings.HasSuffix(path, ".yaml") {
			seen++
			documents(t, path)
		}
	}
	if seen < 10 {
		t.Errorf("only %d YAML files", seen)
	}
}

// TestEveryFolderIsNamed: the README says what each folder and file is for.
func TestEveryFolderIsNamed(t *testing.T) {
	page := read(t, "README.md")
	for path := range files(t) {
		folder, _, in := strings.Cut(path, "/")
		if in && !strings.Contains(page, "`"+folder+"/`") {
			t.Errorf("README.md does not name %s", folder)
		}
	}
}

var (
	image   = regexp.MustCompile(`(?m)^\s*(?:image:|FROM)\s+(\S+)`)
	exact   = regexp.MustCompile(`^[a-z0-9./-]+:v?\d+\.\d+(\.\d+)?(-[a-z0-9]+)?$`)
	private = regexp.MustCompile(`PRIVATE KEY|hvs\.[A-Za-z0-9]{8}|AKIA[A-Z0-9]{12}|kind: Secret\b`)
	literal = regexp.MustCompile(`(?im)^\s*(?:- )?["']?[a-z_]*(?:password|wachtwoord|secret_key|token)["']?\s*[:=]\s*["']?[^\s"'$/]+`) // a path is a file's
)

// TestNothingSecretNothingLoose: images have an exact version, and no file holds
// a password, a key or a token. Secrets are files that the installer makes.
func TestNothingSecretNothingLoose(t *testing.T) {
	images := 0
	for path, text := range files(t) {
		for _, m := range image.FindAllStringSubmatch(text, -1) {
			if m[1] == "scratch" || strings.HasSuffix(path, ".sql") {
				continue
			}
			if images++; !exact.MatchString(m[1]) {
				t.Errorf("%s: the image %s has no exact version", path, m[1])
			}
		}
		if found := private.FindString(text); found != "" {
			t.Errorf("%s holds %q", path, found)
		}
		if !strings.HasSuffix(path, ".md") {
			for _, found := range literal.FindAllString(text, -1) {
				if strings.Contains(found, "automountServiceAccountToken") {
					continue
				}
				t.Errorf("%s gives a secret a value: %q", path, strings.TrimSpace(found))
			}
		}
		if strings.Contains(text, ":latest") {
			t.Errorf("%s names a latest", path)
		}
	}
	if images < 5 {
		t.Errorf("only %d images were seen", images)
	}
	for _, bad := range []string{"  POSTGRES_PASSWORD: geheim1", "password=abc"} {
		if !literal.MatchString(bad) {
			t.Errorf("%q is not found", bad)
		}
	}
}
