// SPDX-License-Identifier: EUPL-1.2

package docs_test

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// The tables are held against what the code imports, which is what go.mod
// lists as direct once it is tidy, and against go.mod itself.
func TestDependenciesAreWrittenDown(t *testing.T) {
	mod, err := modfile.Parse("go.mod", []byte(page(t, "go.mod")), nil)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]string{} // module -> where
	for path, uses := range readSource(t).imports {
		module := moduleOf(mod, path)
		if module == "" {
			continue
		}
		if uses["product"] {
			used[module] = "product"
		} else if used[module] == "" {
			used[module] = "test"
		}
	}
	written := map[string]string{}
	product, rest, _ := strings.Cut(page(t, "docs/dependencies.md"), "## In tests only")
	tests, _, found := strings.Cut(rest, "## Named by the owner")
	if !found {
		t.Fatal("dependencies.md has lost its headings")
	}
	for where, text := range map[string]string{"product": product, "test": tests} {
		for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(text, -1) {
			written[m[1]] = where
		}
	}
	compare(t, used, written)
	for _, r := range mod.Require {
		if !r.Indirect && written[r.Mod.Path] == "" {
			t.Errorf("go.mod requires %s, which dependencies.md does not give a reason for", r.Mod.Path)
		}
	}
}

func compare(t *testing.T, used, written map[string]string) {
	t.Helper()
	for module, where := range used {
		if written[module] != where {
			t.Errorf("%s is imported by the %s code, and dependencies.md lists it under %q", module, where, written[module])
		}
	}
	for module, where := range written {
		if used[module] == "" {
			t.Errorf("dependencies.md lists %s (%s), which nothing imports", module, where)
		}
	}
}

// moduleOf finds the module of go.mod that holds an import path; "" for the
// standard library and this module.
func moduleOf(mod *modfile.File, path string) (module string) {
	for _, r := range mod.Require {
		m := r.Mod.Path
		if (path == m || strings.HasPrefix(path, m+"/")) && len(m) > len(module) {
			module = m
		}
	}
	return module
}
