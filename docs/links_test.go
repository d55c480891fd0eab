// SPDX-License-Identifier: EUPL-1.2

package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
)

func TestLinksResolve(t *testing.T) {
	seen := 0
	walk(t, ".md", func(path string) {
		text := fenced.ReplaceAllString(page(t, path), "")
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			seen++
			resolve(t, path, m[1])
		}
	})
	if seen < 30 {
		t.Errorf("only %d links were seen: is the pattern right?", seen)
	}
}

// TestListsAreWhole: whoever starts at the first page finds every runbook, page
// and model, and part 8 of the architecture has every decision.
func TestListsAreWhole(t *testing.T) {
	listed := 0
	walk(t, ".md", func(path string) {
		list, target := "README.md", path
		switch name, isDecision := strings.CutPrefix(path, "docs/decisions/"); {
		case !strings.HasPrefix(path, "docs/"):
			return
		case isDecision:
			list, target = "docs/architecture.md", "decisions/"+name
		}
		listed++
		if !strings.Contains(page(t, list), "]("+target) {
			t.Errorf("%s does not link to %s", list, path)
		}
	})
	if listed < 25 {
		t.Errorf("only %d pages were seen", listed)
	}
}

func resolve(t *testing.T, from, target string) {
	t.Helper()
	file, anchor, _ := strings.Cut(target, "#")
	to := from
	if file != "" {
		to = filepath.ToSlash(filepath.Join(filepath.Dir(from), file))
	}
	if _, err := os.Stat(filepath.Join(root, to)); err != nil {
		t.Errorf("%s links to %s, which is not there", from, target)
		return
	}
	if anchor != "" && !hasAnchor(page(t, to), anchor) {
		t.Errorf("%s links to %s: %s has no such heading", from, target, to)
	}
}

// hasAnchor finds a heading by the name that a Markdown viewer gives it: lower
// case, spaces to hyphens, other signs dropped.
func hasAnchor(text, anchor string) bool {
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		slug := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r > 127:
				return r
			}
			return -1
		}, strings.ToLower(m[1]))
		if slug == anchor {
			return true
		}
	}
	return false
}
