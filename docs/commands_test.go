// SPDX-License-Identifier: EUPL-1.2

package docs_test

import (
	"path"
	"regexp"
	"slices"
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

var (
	span = regexp.MustCompile("`((?:seinhuis|sein|seincheck) [a-z][^`\n]*)`")
	// declaredCommand is how programs name their commands: cobra's, or in the
	// usage of seincheck.
	declaredCommand = regexp.MustCompile(`(?:Use:\s+"|group\("|\n  seincheck |case "|\n\t+")([a-z][a-z-]*)[ "]`)
	// typed is a line of a block, or an indented one.
	typed = regexp.MustCompile(`(?m)^(?:\$ |    )((?:seinhuis|sein|seincheck) [a-z][^#\n]*)`)
)

// Every command that a page names must be one that the program knows, with its
// flags. What each does is tested where the command is; steps at engines that a
// page names beside them (psql, kubectl, vault) are not run by any test.
func TestCommandsInTheDocsExist(t *testing.T) {
	programs := map[string]string{}
	walk(t, ".go", func(file string) {
		if strings.HasPrefix(file, "cmd/") && !strings.HasSuffix(file, "_test.go") {
			programs[path.Base(path.Dir(file))] += page(t, file)
		}
	})
	commands := map[string]map[string]bool{}
	for program, code := range programs {
		commands[program] = map[string]bool{}
		for _, m := range declaredCommand.FindAllStringSubmatch(code, -1) {
			commands[program][m[1]] = true
		}
	}
	seen := 0
	walk(t, ".md", func(file string) {
		text := page(t, file)
		for _, m := range append(span.FindAllStringSubmatch(text, -1), typed.FindAllStringSubmatch(text, -1)...) {
			words := strings.Fields(m[1])
			if slices.Contains(words, "v1") { // a label of bytes, in formats
				continue
			}
			seen++
			knows(t, file, words[0], programs[words[0]], commands[words[0]], words[1:])
		}
	})
	if seen < 150 {
		t.Errorf("only %d commands were seen: is the pattern right?", seen)
	}
}

// knows looks for the command, for that below it where it is a group, and for
// the flags.
func knows(t *testing.T, file, program, code string, commands map[string]bool, words []string) {
	t.Helper()
	command, _, _ := strings.Cut(strings.Trim(words[0], ",;:"), "|")
	if !commands[command] {
		t.Errorf("%s: %s has no command %q", file, program, command)
	}
	below := len(words) > 1 && regexp.MustCompile(`^[a-z][a-z-]+$`).MatchString(words[1]) && strings.Contains(code, `group("`+command+`"`)
	if below && !strings.Contains(code, `"`+words[1]+`"`) && !strings.Contains(code, `"`+words[1]+` `) {
		t.Errorf("%s: %s %s has no command %q", file, program, command, words[1])
	}
	for _, word := range words {
		name, ok := strings.CutPrefix(strings.Trim(word, "[],;."), "--")
		if name, _, _ = strings.Cut(name, "="); ok && !strings.Contains(code, `"`+name+`"`) {
			t.Errorf("%s: %s has no flag --%s", file, program, name)
		}
	}
}
