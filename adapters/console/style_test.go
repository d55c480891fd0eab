// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestVendoredStyle holds the copied style sheets to their hashes, and the
// packages to exact versions with an integrity of their own. vendor.sh makes
// them anew.
func TestVendoredStyle(t *testing.T) {
	listed := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(string(must(os.ReadFile("static/nlds/SHA256SUMS")))), "\n") {
		want, name, _ := strings.Cut(line, "  ")
		sum := sha256.Sum256(must(os.ReadFile(filepath.Join("static/nlds", name))))
		if hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s is not what vendor.sh copied", name)
		}
		listed[name] = true
	}
	for _, file := range must(filepath.Glob("static/nlds/*.css")) {
		if !listed[filepath.Base(file)] {
			t.Errorf("%s has no hash", file)
		}
	}
	if !listed["LICENCE.md"] || len(listed) < 20 {
		t.Errorf("%d files are listed", len(listed))
	}
	var lock struct {
		Packages map[string]struct{ Version, Integrity, License, Resolved string }
	}
	if err := json.Unmarshal(must(os.ReadFile("static/nlds/package-lock.json")), &lock); err != nil {
		t.Fatal(err)
	}
	for name, p := range lock.Packages {
		if name != "" && (p.Version == "" || !strings.HasPrefix(p.Integrity, "sha512-")) {
			t.Errorf("%s has no version or integrity", name)
		}
		if p.Resolved != "" {
			t.Errorf("%s names a host", name)
		}
	}
}

// TestStyleIsOurs: a page loads nothing from elsewhere, and our own style uses
// tokens that are there.
func TestStyleIsOurs(t *testing.T) {
	s := must(newStylesheet())
	if found := regexp.MustCompile(`(?i)@import|url\(\s*["']?(https?:)?//|@font-face`).Find(s.data); found != nil {
		t.Errorf("the style loads something: %s", found)
	}
	defined := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)(--[a-z0-9_-]+)\s*:`).FindAllStringSubmatch(string(s.data), -1) {
		defined[m[1]] = true
	}
	own := string(must(os.ReadFile("static/console.css")))
	for _, m := range regexp.MustCompile(`var\((--[a-z0-9-]+)`).FindAllStringSubmatch(own, -1) {
		if !defined[m[1]] {
			t.Errorf("console.css uses %s, which the theme does not have", m[1])
		}
	}
}

// TestClassesExist: a class that a template names has a style.
func TestClassesExist(t *testing.T) {
	style := string(must(newStylesheet()).data)
	free := []string{"utrecht-link", "utrecht-select--html-select", "utrecht-document"}
	for _, file := range must(filepath.Glob("templates/*.html")) {
		for _, m := range regexp.MustCompile(`class="([^"]*)"`).FindAllStringSubmatch(actions.ReplaceAllString(string(must(os.ReadFile(file))), " "), -1) {
			for _, class := range strings.Fields(m[1]) {
				if !strings.HasSuffix(class, "-") && !slices.Contains(free, class) && !strings.Contains(style, "."+class) {
					t.Errorf("%s: the class %s has no style", file, class)
				}
			}
		}
	}
}

// TestChart: bars stand on each other and end at the line of their amount.
func TestChart(t *testing.T) {
	c := newChart("x", "x", []string{"a", "b"}, []column{{"1", []int64{30, 10}}, {"", []int64{0, 0}}, {"3", []int64{0, 5}}})
	if len(c.Bars) != 3 || len(c.Marks) != 2 || c.Lines[0].Amount != 0 || c.Lines[len(c.Lines)-1].Amount != 40 {
		t.Fatalf("%+v", c)
	}
	low, high := c.Bars[0], c.Bars[1]
	if low.Y+low.H != chartFloor || high.Y+high.H != low.Y || high.Y != chartTop || c.Bars[2].Series != 2 {
		t.Errorf("%+v", c.Bars)
	}
	for _, b := range c.Bars {
		if b.X < chartLeft || b.X+b.W > chartWidth {
			t.Errorf("%+v sticks out", b)
		}
	}
	if empty := newChart("x", "x", nil, nil); len(empty.Bars) != 0 || len(empty.Lines) < 2 {
		t.Errorf("%+v", empty)
	}
	for top, want := range map[int64]int64{1: 1, 4: 1, 5: 2, 9: 5, 100: 50, 4000: 1000} {
		if got := roundStep(top); got != want {
			t.Errorf("step of %d is %d, want %d", top, got, want)
		}
	}
}
