// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"regexp"
	"strings"
)

// Measure is one guarantee of the threat model with the tests that hold it, as
// that page says it.
type Measure struct {
	Name  string   `json:"maatregel"`
	Text  string   `json:"uitleg,omitzero"`
	Tests []string `json:"tests"`
}

// Risk is who may attack by which access, and what stops him.
type Risk struct {
	Access   string   `json:"toegang"`
	Wants    string   `json:"wil"`
	Measures string   `json:"maatregelen"`
	Tests    []string `json:"tests"`
}

// ThreatModel is docs/threat-model.md as the register and the DPIA annex quote
// it. It is read from the page itself, so that they cannot drift apart.
type ThreatModel struct {
	Risks    []Risk    // part 3
	Measures []Measure // parts 4 and 5
	Remains  []string  // part 6
}

// testName finds a test; linkText what a link says.
func testName() *regexp.Regexp { return regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`") }
func linkText() *regexp.Regexp { return regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`) }

// ReadThreatModel reads the tables and the list of the page.
func ReadThreatModel(page string) ThreatModel {
	var m ThreatModel
	part := ""
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, "## "); ok {
			part, _, _ = strings.Cut(title, ".")
			continue
		}
		cells := cellsOf(line)
		switch {
		case part == "3" && len(cells) == 3:
			m.Risks = append(m.Risks, Risk{plain(cells[0]), plain(cells[1]), plain(withoutTests(cells[2])), testsIn(cells[2])})
		case part == "4" && len(cells) == 3:
			m.Measures = append(m.Measures, Measure{plain(cells[0]), plain(cells[1]), testsIn(cells[2])})
		case part == "5" && len(cells) == 2:
			m.Measures = append(m.Measures, Measure{plain(cells[0]), "", testsIn(cells[1])})
		case part == "6" && strings.HasPrefix(line, "- "):
			m.Remains = append(m.Remains, plain(line[2:]))
		case part == "6" && line != "" && len(m.Remains) > 0: // a line that goes on
			m.Remains[len(m.Remains)-1] += " " + plain(line)
		}
	}
	return m
}

// cellsOf cuts a row of a table; nil for its head, its rule and other lines.
func cellsOf(line string) []string {
	if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| |") || strings.HasPrefix(line, "| access |") || strings.HasPrefix(line, "| guarantee |") ||
		strings.HasPrefix(line, "| | ") {
		return nil
	}
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

func testsIn(cell string) (names []string) {
	for _, m := range testName().FindAllStringSubmatch(cell, -1) {
		names = append(names, m[1])
	}
	return names
}

// withoutTests drops the tests at the end of a cell.
func withoutTests(cell string) string {
	return strings.TrimRight(testName().ReplaceAllString(cell, ""), " ,")
}

// plain drops the marks of Markdown.
func plain(text string) string {
	return strings.NewReplacer("`", "", "**", "").Replace(linkText().ReplaceAllString(text, "$1"))
}
