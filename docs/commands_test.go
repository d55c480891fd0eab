// SPDX-License-Identifier: EUPL-1.2

package docs_test

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	console = regexp.MustCompile("(?ms)^```console$(.*?)^```$")
	// prompt is a line that a reader types: a program of ours and its words.
	prompt = regexp.MustCompile(`(?m)^\$ (?:go run \./cmd/)?(seinhuis|sein|seincheck)\b([^#\n]*)`)
)

// A command on the first page must be one that the program knows, with flags
// that it knows; TestDemo and the stories of cmd run them.
func TestCommandsOnTheFirstPageExist(t *testing.T) {
	programs := map[string]string{}
	walk(t, ".go", func(file string) {
		if strings.HasPrefix(file, "cmd/") && !strings.HasSuffix(file, "_test.go") {
			programs[path.Base(path.Dir(file))] += page(t, file)
		}
	})
	seen := 0
	for _, block := range console.FindAllStringSubmatch(page(t, "README.md"), -1) {
		for _, m := range prompt.FindAllStringSubmatch(block[1], -1) {
			seen++
			checkCommand(t, m[1], programs[m[1]], strings.Fields(m[2]))
		}
	}
	if seen < 4 {
		t.Errorf("only %d commands were seen: is the pattern right?", seen)
	}
}

func checkCommand(t *testing.T, program, code string, words []string) {
	t.Helper()
	command := ""
	for i, word := range words {
		if name, ok := strings.CutPrefix(word, "--"); ok {
			if !strings.Contains(code, `"`+name+`"`) {
				t.Errorf("README.md: %s has no flag --%s", program, name)
			}
			continue
		}
		isValue := i > 0 && strings.HasPrefix(words[i-1], "--") // every flag used there takes one, or ends the line
		if command == "" && !isValue && word != "&" {
			command = word
		}
	}
	known := regexp.MustCompile(`Use:\s+"` + regexp.QuoteMeta(command) + `[ "]|\n  ` + program + ` ` + regexp.QuoteMeta(command) + ` |case "` + regexp.QuoteMeta(command) + `"`)
	if command == "" || !known.MatchString(code) {
		t.Errorf("README.md: %s has no command %q", program, command)
	}
}
