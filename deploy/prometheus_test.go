// SPDX-License-Identifier: EUPL-1.2

package deploy_test

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/goccy/go-yaml"
)

// ruleFile is an alerts file; an unknown field is an error.
type ruleFile struct {
	Groups []struct {
		Name  string `yaml:"name"`
		Rules []struct {
			Alert       string            `yaml:"alert"`
			Expr        string            `yaml:"expr"`
			For         string            `yaml:"for"`
			Labels      map[string]string `yaml:"labels"`
			Annotations map[string]string `yaml:"annotations"`
		} `yaml:"rules"`
	} `yaml:"groups"`
}

// TestAlertsSayWhatToDo: each says to officials what is the matter, to whoever is
// called what it means and who must act, and leads to a runbook that is there.
func TestAlertsSayWhatToDo(t *testing.T) {
	var f ruleFile
	if err := yaml.NewDecoder(bytes.NewReader([]byte(read(t, "prometheus/alerts.yaml"))), yaml.Strict()).Decode(&f); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, g := range f.Groups {
		for _, r := range g.Rules {
			if seen[r.Alert] || !regexp.MustCompile(`^Seinhuis[A-Za-z]+$`).MatchString(r.Alert) {
				t.Errorf("%q is a doubled or odd name", r.Alert)
			}
			seen[r.Alert] = true
			for _, name := range []string{"summary", "meaning", "act", "runbook"} {
				if r.Annotations[name] == "" {
					t.Errorf("%s has no %s", r.Alert, name)
				}
			}
			if len(r.Annotations) != 4 || !slices.Contains([]string{"page", "ticket"}, r.Labels["severity"]) || len(r.Labels) != 1 ||
				!regexp.MustCompile(`^\d+[mhd]$`).MatchString(r.For) || strings.Count(r.Expr, "(") != strings.Count(r.Expr, ")") {
				t.Errorf("%s: labels %v, annotations %d, for %s, %s", r.Alert, r.Labels, len(r.Annotations), r.For, r.Expr)
			}
			resolve(t, r.Alert, r.Annotations["runbook"])
		}
	}
	for _, name := range []string{"PauseNotReceived", "PauseNotApplied", "MailboxNotEmptied", "CrisisNotRead", "LogNotVerifiable", "LogBehind", "CertificateEnds",
		"RevocationListOld", "ClockWrong", "WatchNotHeld", "Orphans", "WebhookFailing", "BatchStuck", "NoNodeReady", "FiguresMissing"} {
		if !seen["Seinhuis"+name] {
			t.Errorf("there is no alert %s", name)
		}
	}
}

// resolve finds the page and the heading of a runbook.
func resolve(t *testing.T, alert, link string) {
	t.Helper()
	path, anchor, _ := strings.Cut(link, "#")
	page, err := os.ReadFile("../" + path)
	if err != nil {
		t.Errorf("%s leads to %s: %v", alert, link, err)
		return
	}
	for line := range strings.Lines(string(page)) {
		name, heading := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		name = regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(strings.TrimSpace(name)), "")
		if heading && strings.HasPrefix(line, "#") && strings.ReplaceAll(name, " ", "-") == anchor || anchor == "" {
			return
		}
	}
	t.Errorf("%s leads to %s, which has no such heading", alert, link)
}

// TestPromtoolAgrees lets Prometheus's own tool read the rules.
func TestPromtoolAgrees(t *testing.T) {
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed")
	}
	if out, err := exec.Command(tool, "check", "rules", "--lint=all", "prometheus/alerts.yaml").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// place is where a panel is on the dashboard, in cells.
type place struct{ X, Y, W, H int }

func (p place) overlaps(q place) bool {
	return p.X < q.X+q.W && q.X < p.X+p.W && p.Y < q.Y+q.H && q.Y < p.Y+p.H
}

// TestDashboard: each panel says what it shows, none lies on another, and none
// names a data source of some installation.
func TestDashboard(t *testing.T) {
	var d struct {
		Panels []struct {
			ID          int
			Type        string
			Title       string
			Description string
			GridPos     place
			Datasource  struct{ UID string }
			Targets     []struct{ Expr, LegendFormat string }
		}
		Templating struct{ List []struct{ Name, Type string } }
	}
	if err := json.Unmarshal([]byte(read(t, "grafana/dashboard.json")), &d, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	ids := map[int]bool{}
	var places []place
	for _, p := range d.Panels {
		if ids[p.ID] || p.Title == "" {
			t.Errorf("panel %d %q", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, other := range places {
			if p.GridPos.overlaps(other) {
				t.Errorf("%s lies on another panel", p.Title)
			}
		}
		places = append(places, p.GridPos)
		if p.Type == "row" {
			continue
		}
		if p.Description == "" || p.Datasource.UID != "${bron}" || len(p.Targets) == 0 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("%s: %+v", p.Title, p)
		}
		for _, target := range p.Targets {
			if !strings.Contains(target.Expr, "seinhuis_") || strings.Count(target.Expr, "(") != strings.Count(target.Expr, ")") {
				t.Errorf("%s asks %q", p.Title, target.Expr)
			}
		}
	}
	if len(d.Panels) < 20 || len(d.Templating.List) != 1 || d.Templating.List[0].Name != "bron" {
		t.Errorf("%d panels, %v", len(d.Panels), d.Templating.List)
	}
}
