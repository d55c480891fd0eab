// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/policies"
)

// proposePage takes a changed policy as one zip.
type proposePage struct{ approval Approval }

func (p proposePage) page() page {
	return page{path: "/beleid/voorstel", name: "propose", costly: costlyToDo(), parent: "policy", roles: []oversight.Role{oversight.RolePolicy}, get: p.get, post: p.post, words: words{
		"propose.title":        {"Beleid voorstellen", "Propose a policy"},
		"propose.lead":         {"Download een versie, pas de documenten aan, verhoog de versie in bundel.yaml en lever alles weer in als één zip. Alle gevallen moeten uitkomen zoals verwacht. Een voorstel verandert nog niets: daarna moeten twee verschillende functionarissen het goedkeuren.", "Download a version, change the documents, raise the version in bundel.yaml and hand all of it in as one zip. All cases must come out as expected. A proposal changes nothing yet: after it two different officers must approve it."},
		"propose.form":         {"Voorstel", "Proposal"},
		"propose.zip":          {"Zip met documenten en gevallen", "Zip with documents and cases"},
		"propose.zip.hint":     {"Documenten (*.yaml) bovenaan, gevallen in de map cases; hoogstens 256 KB. Geen gegevens van personen.", "Documents (*.yaml) at the top, cases in the folder cases; at most 256 KB. No data of persons."},
		"propose.aanleiding":   {"Aanleiding", "Cause"},
		"propose.kenmerk":      {"Dossiernummer", "File number"},
		"propose.kenmerk.hint": {"Hoofdletters, cijfers en - . /, zoals Z-2026-00123. Geen naam.", "Capitals, digits and - . /, such as Z-2026-00123. No name."},
		"propose.ingangsdatum": {"Ingangsdatum", "First day"},
		"propose.spoed":        {"Spoed", "Urgency"},
		"propose.spoed-nee":    {"Nee, op zijn vroegst morgen", "No, tomorrow at the earliest"},
		"propose.spoed-ja":     {"Ja, mag vandaag al ingaan", "Yes, may begin today"},
		"propose.submit":       {"Stel dit beleid voor", "Propose this policy"},
		"propose.bad-zip":      {"Dit is geen zip met alleen documenten (*.yaml) en gevallen (cases/*.txtar).", "This is no zip with only documents (*.yaml) and cases (cases/*.txtar)."},
		"propose.no-zip":       {"Kies een bestand.", "Choose a file."},
	}}
}

type proposeView struct {
	Causes  []choice
	Urgency []choice
}

func (p proposePage) get(_ context.Context, v *visit) (any, error) {
	view := proposeView{Urgency: []choice{{"nee", v.say("propose.spoed-nee")}, {"ja", v.say("propose.spoed-ja")}}}
	for _, c := range adoption.Causes() {
		view.Causes = append(view.Causes, choice{string(c), v.say("version.cause-" + string(c))})
	}
	return view, nil
}

func (p proposePage) post(ctx context.Context, v *visit, f form) (string, error) {
	var wrong problems
	d := adoption.Draft{Cause: adoption.Cause(f.text("aanleiding")), Ticket: f.text("kenmerk"), Urgent: f.text("spoed") == "ja"}
	if !slices.Contains(adoption.Causes(), d.Cause) {
		wrong.add("aanleiding", "field.unknown")
	}
	if _, fits := adoption.ParseTicket(d.Ticket); !fits {
		wrong.add("kenmerk", "propose.kenmerk.hint")
	}
	var err error
	if d.From, err = gateway.ParseDate(f.text("ingangsdatum")); err != nil {
		wrong.add("ingangsdatum", "field.bad-date")
	}
	data := f.file("zip")
	if len(data) == 0 {
		wrong.add("zip", "propose.no-zip")
	} else if d.Files, err = readZip(data); err != nil {
		wrong.add("zip", "propose.bad-zip")
	}
	if len(wrong) > 0 {
		return "", wrong
	}
	made, err := p.approval.Propose(ctx, v.Visit, d)
	if err != nil {
		return "", unfitProblems(err)
	}
	return "/beleid/" + string(made.ID), nil
}

var errZip = errors.New("console: not a zip with documents and cases alone")

// readZip reads a set from a zip, whole or not at all: a file in it that would
// not count is refused. All may lie in one folder, as who zips a folder has it.
func readZip(data []byte) (policies.Set, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return policies.Set{}, errZip
	}
	files, top := 0, map[string]bool{}
	for _, f := range z.File {
		first, _, inside := strings.Cut(f.Name, "/")
		top[first] = top[first] || inside
		if !f.FileInfo().IsDir() {
			files++
		}
		if f.UncompressedSize64 > policies.MaxSetBytes || !fs.ValidPath(strings.TrimSuffix(f.Name, "/")) {
			return policies.Set{}, errZip
		}
	}
	var from fs.FS = z
	for name, folder := range top {
		if len(top) == 1 && folder {
			if from, err = fs.Sub(z, name); err != nil {
				return policies.Set{}, errZip
			}
		}
	}
	set, err := policies.ReadSet(from)
	if err != nil || len(set.Documents)+len(set.Cases) != files {
		return policies.Set{}, errZip
	}
	return set, nil
}

// maxReasons bounds what a page says is wrong with a set.
const maxReasons = 30

// unfitProblems shows an officer what is wrong with the documents and cases that
// he handed in.
func unfitProblems(err error) error {
	var unfit *adoption.Unfit
	if !errors.As(err, &unfit) {
		return err
	}
	var wrong problems
	for _, f := range gateway.AsError(err).Findings {
		wrong = append(wrong, problem{Text: f.Text})
	}
	var lines []string
	if unfit.Findings != nil {
		lines = strings.Split(unfit.Findings.Error(), "\n")
	}
	for _, c := range unfit.Cases {
		for _, d := range c.Differs {
			lines = append(lines, c.Name+": "+d)
		}
	}
	for _, line := range lines[:min(len(lines), maxReasons)] {
		wrong = append(wrong, problem{Text: line})
	}
	return wrong
}
