// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"archive/zip"
	"context"
	"encoding/hex"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/policies"
)

// Approval is how officers decide on a proposal. Filled by adoption.Desk.
type Approval interface {
	Propose(ctx context.Context, v oversight.Visit, d adoption.Draft) (adoption.Proposal, error)
	Approve(ctx context.Context, v oversight.Visit, id gateway.UUID, digest gateway.Digest) (adoption.Proposal, error)
	Reject(ctx context.Context, v oversight.Visit, id gateway.UUID) (adoption.Proposal, error)
}

// versionPage is one version or proposal: what it changes, its rules, who
// approved it, and the form to do so.
type versionPage struct {
	policy   Policy
	approval Approval
}

func (p versionPage) page() page {
	return page{path: "/beleid/{id}", name: "version", costly: costlyToDo(), parent: "policy", roles: oversight.Roles(), get: p.get, post: p.post, words: words{
		"version.title":       {"Beleid %s %s", "Policy %s %s"},
		"version.about":       {"Gegevens", "Facts"},
		"version.digest":      {"SHA-256 van de documenten", "SHA-256 of the documents"},
		"version.cause":       {"Aanleiding", "Cause"},
		"version.urgent":      {"Spoed", "Urgent"},
		"version.urgent-yes":  {"Ja, het mag ingaan op de dag waarop het wordt vastgesteld.", "Yes, it may begin on the day of its adoption."},
		"version.at":          {"Ingevoerd of voorgesteld op", "Imported or proposed at"},
		"version.adopted":     {"Vastgesteld op", "Adopted at"},
		"version.ended":       {"Geëindigd op", "Ended at"},
		"version.download":    {"Download alle documenten en gevallen (zip)", "Download all documents and cases (zip)"},
		"version.approvals":   {"Goedkeuringen", "Approvals"},
		"version.no-approval": {"Nog niemand keurde dit goed.", "Nobody approved this yet."},
		"version.need":        {"Twee verschillende functionarissen moeten dit goedkeuren. Met één functionaris kan geen beleid worden vastgesteld.", "Two different officers must approve this. With one officer no policy can be adopted."},
		"version.unvouched":   {"Let op: een eenmalige code geeft de beheerder, voor elk account dat hij noemt, en ook op de opdrachtregel noemt hij het account. Alleen bij aanmelden bij de organisatie staat een ander ervoor in dat het twee verschillende mensen zijn.", "Note: a one-time code is given by the operator, for any account that he names, and at the command line too he names the account. Only when officers sign in at the organisation does another vouch that they are two different people."},
		"version.officer":     {"Functionaris %s", "Officer %s"},
		"version.statement":   {"Ondertekende verklaring", "Signed statement"},
		"version.verify":      {"Bewaar deze regel in een bestand en controleer haar met: seincheck receipt BESTAND --keys SLEUTELS", "Keep this line in a file and verify it with: seincheck receipt FILE --keys KEYS"},
		"version.changes":     {"Wat verandert er", "What changes"},
		"version.against":     {"Vergeleken met %s %s.", "Compared with %s %s."},
		"version.decide":      {"Besluit", "Decision"},
		"version.decide-lead": {"Keur alleen goed wat u hebt gelezen: elke regel hierboven en elk geval dat is gewijzigd. Uw accountnummer komt in een verklaring die Seinhuis ondertekent.", "Approve only what you have read: every rule above and every case that changed. Your account number goes into a statement that Seinhuis signs."},
		"version.approve":     {"Ik keur dit beleid goed", "I approve this policy"},
		"version.reject":      {"Wijs het voorstel af", "Reject the proposal"},
		"version.withdraw":    {"Trek mijn voorstel in", "Withdraw my proposal"},
		"version.mine":        {"U keurde dit voorstel al goed. Een tweede, andere functionaris moet dat ook doen.", "You approved this proposal already. A second, different officer must do so too."},
		"version.simulate":    {"Probeer het op de meldingen van vorige maand", "Try it on last month's reports"},
		"version.rules":       {"Regels", "Rules"},
		"version.rule":        {"Regel", "Rule"},
		"version.effect":      {"Gevolg", "Effect"},
		"version.law":         {"Grond", "Ground"},
		"version.period":      {"Geldig", "Valid"},
		"version.condition":   {"Voorwaarde", "Condition"},
		"version.scope-all":   {"Voor alle meldingen", "For all reports"},
		"version.scope":       {"Voor meldingen: %s", "For reports: %s"},

		"version.cause-wetswijziging": {"wetswijziging", "change of law"},
		"version.cause-convenant":     {"convenant", "covenant"},
		"version.cause-afspraak":      {"afspraak", "agreement"},
		"version.cause-proef":         {"proef", "pilot"},
		"version.cause-verbetering":   {"verbetering van een fout", "correction of a mistake"},
		"version.cause-bewaartermijn": {"bewaartermijn", "retention term"},
		"version.effect-weigeren":     {"weigeren", "refuse"},
		"version.effect-waarschuwen":  {"waarschuwen", "warn"},
		"version.effect-beperken":     {"weglaten", "leave out"},
		"version.effect-bewaren":      {"bewaren", "keep"},
		"version.terms":               {"inhoud %d, pseudoniemen %d, bewijs %d dagen", "content %d, pseudonyms %d, receipt %d days"},
	}}
}

type versionView struct {
	policyRow
	Digest     string
	Old        adoption.Proposal // that it is compared with; may not exist
	Link       string
	Difference *policies.Difference
	Documents  []policies.Document
	Open       bool // waits, and the officer may decide
	Mine       bool // proposed by this officer
	Approved   bool // by this officer
	May        bool
}

// Unvouched reports whether an approval rests on the operator's word alone.
func (v versionView) Unvouched() bool {
	return slices.ContainsFunc(v.Approvals, func(a adoption.Approval) bool { return wayOf(a) != oversight.WayProvider })
}

func (v versionView) titleArgs() []any { return []any{v.Policy.Name, v.Policy.Version} }

// Scope says which reports a document looks at; empty for all.
func scopeOf(d policies.Document) (s string) {
	for _, part := range []string{d.Kind, d.Pilot, d.Basis} {
		if part != "" && s != "" {
			s += ", "
		}
		s += part
	}
	return s
}

func (p versionPage) get(ctx context.Context, v *visit) (any, error) {
	id := gateway.UUID(v.segment("id"))
	one, err := p.policy.Version(ctx, v.Visit, id)
	if err != nil {
		return nil, err
	}
	h, err := p.policy.History(ctx, v.Visit)
	if err != nil {
		return nil, err
	}
	who := v.Officer.Account()
	view := versionView{policyRow: rowOf(one.Proposal, h.InForce(v.At).ID), Digest: hex.EncodeToString(one.Policy.Digest[:]), Old: h.PreviousOf(one.Proposal),
		Documents: one.Bundle.Documents(), Mine: one.By == who, Approved: one.ApprovedBy(who), May: v.Officer.May(oversight.RolePolicy)}
	view.Open = view.May && one.State == adoption.Proposed
	if view.Old.Exists() {
		d, err := p.policy.Compare(ctx, v.Visit, view.Old.ID, one.ID)
		if err != nil {
			return nil, err
		}
		view.Difference, view.Link = &d, compareLink(view.Old.ID, one.ID)
	}
	return view, nil
}

func (p versionPage) post(ctx context.Context, v *visit, f form) (string, error) {
	id := gateway.UUID(v.segment("id"))
	back := "/beleid/" + string(id)
	switch f.text("besluit") {
	case "goedkeuren":
		var digest gateway.Digest
		if digest.UnmarshalText([]byte(f.text("digest"))) != nil {
			return "", problems{{Word: "field.unknown"}}
		}
		_, err := p.approval.Approve(ctx, v.Visit, id, digest)
		return back, unfitProblems(err)
	case "afwijzen":
		_, err := p.approval.Reject(ctx, v.Visit, id)
		return back, err
	}
	return "", problems{{Word: "field.unknown"}}
}

// versionFile is a version as a zip, to read elsewhere or to change and
// propose.
type versionFile struct{ policy Policy }

func (p versionFile) page() page {
	return page{path: "/beleid/{id}/bestand", name: "version-file", parent: "policy", roles: oversight.Roles(), file: p.file, words: words{}}
}

func (p versionFile) file(ctx context.Context, v *visit) (file, error) {
	one, err := p.policy.Version(ctx, v.Visit, gateway.UUID(v.segment("id")))
	if err != nil {
		return file{}, err
	}
	return file{name: "beleid-" + hex.EncodeToString(one.Policy.Digest[:4]) + ".zip", kind: "application/zip", write: func(w io.Writer) error {
		return writeZip(w, one.Files, one.At)
	}}, nil
}

// writeZip writes a set as readZip reads it; the same bytes for the same set.
func writeZip(w io.Writer, files policies.Set, at time.Time) error {
	z := zip.NewWriter(w)
	for folder, all := range map[string]map[string][]byte{"": files.Documents, "cases/": files.Cases} {
		for _, name := range slices.Sorted(maps.Keys(all)) {
			f, err := z.CreateHeader(&zip.FileHeader{Name: folder + name, Method: zip.Deflate, Modified: at.UTC()})
			if err != nil {
				return err
			}
			if _, err := f.Write(all[name]); err != nil {
				return err
			}
		}
	}
	return z.Close()
}
