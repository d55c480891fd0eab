// SPDX-License-Identifier: EUPL-1.2

package docs_test

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// The tables are held against what the code imports, which is what go.mod
// must list as direct, and against go.mod itself: "go mod tidy" would say so as
// well, but asks the network for what tests of dependencies need.
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
	direct := 0
	for _, r := range mod.Require {
		switch where := used[r.Mod.Path]; {
		case r.Indirect && where != "":
			t.Errorf("go.mod marks %s as indirect, and the %s code imports it", r.Mod.Path, where)
		case r.Indirect:
		case where == "":
			t.Errorf("go.mod requires %s as direct, and nothing imports it", r.Mod.Path)
		default:
			direct++
		}
	}
	if direct != len(written) || direct < 10 {
		t.Errorf("go.mod has %d direct modules that are imported, dependencies.md %d", direct, len(written))
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
