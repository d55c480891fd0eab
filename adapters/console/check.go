// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// Inspection verifies the log for an officer. Filled by oversight.Inspection.
type Inspection interface {
	// LogState is where the log stands and what the officer saw last; it shows no entry and logs nothing.
	LogState(ctx context.Context, v oversight.Visit) (oversight.LogState, error)
	// Verify checks the newest checkpoint, and remembers it when nothing is wrong. What is wrong is in the verdict.
	Verify(ctx context.Context, v oversight.Visit) (oversight.Verdict, error)
	// CheckAll compares every row with the log; it takes seconds for a million.
	CheckAll(ctx context.Context, v oversight.Visit, progress func(done, total int64)) (proof.Report, error)
	// Included reports whether an entry of the officer's is proven to be in the log.
	Included(ctx context.Context, v oversight.Visit, number int64) (oversight.LogState, oversight.Doubt, error)
}

// checkPage tells what can be verified, and lets an officer do it.
type checkPage struct {
	inspection Inspection
	keys       []string
	runs       *fullChecks
}

func (c checkPage) page() page {
	return page{path: "/controle", name: "check", menu: true, roles: watchers(), get: c.get, post: c.post, words: words{
		"check.title":                 {"Controleren", "Verify"},
		"check.menu":                  {"Controleren", "Verify"},
		"check.lead":                  {"Het logboek is zo gebouwd dat u kunt nagaan dat er niets uit verdwijnt en niets in verandert, zonder ons op ons woord te geloven.", "The log is built so that you can verify that nothing disappears from it and nothing in it changes, without taking our word for it."},
		"check.shown":                 {"Wat een controle aantoont", "What verifying shows"},
		"check.shown-signed":          {"De stand van het logboek is ondertekend met de sleutel van het logboek.", "The checkpoint of the log is signed with the key of the log."},
		"check.shown-grown":           {"Het logboek is alleen gegroeid sinds u de vorige keer keek: wat er stond, staat er nog, onveranderd.", "The log has only grown since you looked before: what was there is still there, unchanged."},
		"check.shown-entries":         {"Elke regel staat op zijn plaats in het ondertekende logboek. Wat daarvan afwijkt, wordt bij nummer genoemd.", "Every entry is at its place in the signed log. What differs is named by its number."},
		"check.not-shown":             {"Wat een controle niet aantoont", "What verifying does not show"},
		"check.not-written":           {"Dat iets wat nooit is opgeschreven, niet is gebeurd.", "That something that was never written down did not happen."},
		"check.not-here":              {"Dat deze pagina zelf te vertrouwen is: zij draait bij ons. Wie zeker wil zijn, controleert een bewijsbundel met seincheck op een eigen computer.", "That this page itself can be trusted: it runs with us. To be sure, verify a bundle of proof with seincheck on a computer of your own."},
		"check.standing":              {"Stand van het logboek", "Where the log stands"},
		"check.none":                  {"Er is nog geen stand van het logboek gepubliceerd.", "No checkpoint of the log has been published yet."},
		"check.size":                  {"Regels onder deze stand", "Entries under this checkpoint"},
		"check.signed-text":           {"Ondertekende stand (checkpoint)", "Signed checkpoint"},
		"check.signed-why":            {"De naam van het logboek, het aantal regels, een getal dat uit alle regels volgt, en de handtekening. Bewaar hem: met een oude stand toont u later aan dat er iets is veranderd.", "The name of the log, the number of entries, a number that follows from all entries, and the signature. Keep it: with an old checkpoint you can show later that something was changed."},
		"check.last":                  {"Wat u de vorige keer zag", "What you saw before"},
		"check.last-none":             {"U hebt dit logboek nog niet eerder gecontroleerd.", "You have not verified this log before."},
		"check.last-size":             {"%s regels, gezien op %s", "%s entries, seen on %s"},
		"check.now":                   {"Nu controleren", "Verify now"},
		"check.now-why":               {"Handtekening, groei sinds de vorige keer, en twee regels als steekproef. Duurt een oogwenk.", "Signature, growth since the last time, and two entries as a sample. Takes a moment."},
		"check.all":                   {"Alle regels nalopen", "Go through all entries"},
		"check.all-why":               {"Vergelijkt elke regel in de database met het ondertekende logboek. Duurt enkele seconden per miljoen regels.", "Compares every entry in the database with the signed log. Takes some seconds per million entries."},
		"check.all-seen":              {"Uitkomst van het nalopen", "Outcome of going through all"},
		"check.one":                   {"Eén regel nagaan", "Look up one entry"},
		"check.nummer":                {"Nummer van de regel", "Number of the entry"},
		"check.one-do":                {"Nagaan", "Look up"},
		"check.one-yes":               {"Regel %s staat onveranderd op zijn plaats in het ondertekende logboek.", "Entry %s is unchanged at its place in the signed log."},
		"check.one-no":                {"Regel %s klopt niet met het ondertekende logboek.", "Entry %s does not match the signed log."},
		"check.one-absent":            {"Regel %s is er niet, betreft uw partijen niet, of is nog niet gepubliceerd.", "Entry %s is not there, does not concern your parties, or is not yet published."},
		"check.one-proof":             {"Bewijs van deze regel downloaden", "Download the proof of this entry"},
		"check.bad-number":            {"Vul een nummer in, bijvoorbeeld 57.", "Fill in a number, such as 57."},
		"check.bundle":                {"Bewijsbundel downloaden", "Download a bundle of proof"},
		"check.bundle-why":            {"Een zip met de regels die uw partijen betreffen, de hashes die ze aan de ondertekende stand binden, en een LEESMIJ. Controleer hem met: seincheck bundle. Dat u hem hebt gehaald, komt in het logboek.", "A zip with the entries that concern your parties, the hashes that tie them to the signed checkpoint, and a readme in Dutch. Verify it with: seincheck bundle. That you took it is logged."},
		"check.van":                   {"Vanaf", "From"},
		"check.tot":                   {"Tot en met", "Through"},
		"check.bundle-do":             {"Downloaden", "Download"},
		"check.log":                   {"Het hele gepubliceerde logboek downloaden", "Download the whole published log"},
		"check.checkpoint":            {"De ondertekende stand downloaden", "Download the signed checkpoint"},
		"check.key":                   {"Sleutel om mee te controleren", "Key to verify with"},
		"check.key-why":               {"Vergelijk deze sleutel langs een andere weg met die van de beheerder, bijvoorbeeld telefonisch of op papier, en bewaar hem zelf. Een sleutel die alleen van deze pagina komt, bewijst niets tegen wie deze pagina beheerst.", "Compare this key by another way with that of the operator, by telephone or on paper, and keep it yourself. A key that comes from this page only proves nothing against whoever controls this page."},
		"check.key-do":                {"Sleutel downloaden", "Download the key"},
		"doubt.checkpoint-ontbreekt":  {"De ondertekende stand van het logboek is weg.", "The signed checkpoint of the log is gone."},
		"doubt.handtekening-ongeldig": {"De stand van het logboek is niet geldig ondertekend.", "The checkpoint of the log is not validly signed."},
		"doubt.logboek-korter":        {"Het logboek is korter dan toen u de vorige keer keek: er zijn regels verdwenen.", "The log is shorter than when you looked before: entries have disappeared."},
		"doubt.logboek-vertakt":       {"Wat u de vorige keer zag, is niet het begin van dit logboek: het is vervangen.", "What you saw before is not the beginning of this log: it was replaced."},
		"doubt.hashes-onjuist":        {"Hashes van het logboek ontbreken of kloppen niet met de ondertekende stand.", "Hashes of the log are missing or do not match the signed checkpoint."},
		"doubt.regel-gewijzigd":       {"Een regel in de database is niet de regel die in het logboek staat, of is weg.", "An entry in the database is not the entry that is in the log, or is gone."},
	}}
}

// checkView is what the page shows.
type checkView struct {
	oversight.LogState
	Lines     []string // of the checkpoint
	Keys      []string
	Processor bool   // may take the whole log
	Ran       bool   // there is an outcome of a full check to look at
	Asked     string // number that was looked up
	Included  string // word that answers it
	Proof     string // link to its proof
	Wrong     bool
}

func (c checkPage) get(ctx context.Context, v *visit) (any, error) {
	s, err := c.inspection.LogState(ctx, v.Visit)
	if err != nil {
		return nil, err
	}
	view := checkView{LogState: s, Keys: c.keys, Processor: v.Officer.May(oversight.RoleProcessor), Ran: c.runs.of(v.Officer.Account()) != nil}
	if s.Checkpoint != nil {
		view.Lines = strings.Split(strings.TrimSpace(string(s.Checkpoint)), "\n")
	}
	asked := trim(v.param("nummer"))
	if asked == "" {
		return view, nil
	}
	n, ok := parseEntryNumber(asked)
	if !ok {
		var wrong problems
		wrong.add("nummer", "check.bad-number")
		return view, wrong.err()
	}
	view.Asked = number(v.Lang, n)
	switch _, doubt, err := c.inspection.Included(ctx, v.Visit, n); {
	case err != nil && statusOf(kindOf(err)) >= 500:
		return nil, err
	case err != nil:
		view.Included = "check.one-absent"
	case doubt != oversight.NoDoubt:
		view.Included, view.Wrong = "check.one-no", true
	default:
		view.Included, view.Proof = "check.one-yes", "/logboek/"+asked+"/bewijs"
	}
	return view, nil
}

func parseEntryNumber(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= 1 && strconv.FormatInt(n, 10) == s
}

// post starts a full check.
func (c checkPage) post(ctx context.Context, v *visit, _ form) (string, error) {
	c.runs.start(ctx, v.Visit, c.inspection)
	return "/controle/alles", nil
}

// verdictPage does a check and shows what came of it.
type verdictPage struct{ inspection Inspection }

func (c verdictPage) page() page {
	return page{path: "/controle/nu", name: "verdict", parent: "check", roles: watchers(), get: c.get, words: words{
		"verdict.title":      {"Uitkomst van de controle", "Outcome of verifying"},
		"verdict.good":       {"Er is niets gevonden dat niet klopt.", "Nothing was found that is wrong."},
		"verdict.bad":        {"Het logboek klopt niet.", "The log is not right."},
		"verdict.bad-why":    {"De stand die u eerder zag, blijft bewaard. Deze uitkomst staat in het logboek en de beheerder ziet een alarm. Bewaar wat u hebt en volg het draaiboek log-check.", "The checkpoint that you saw before is kept. This outcome is in the log and the operator sees an alarm. Keep what you have and follow the runbook log-check."},
		"verdict.empty":      {"Er is nog niets om te controleren.", "There is nothing to verify yet."},
		"verdict.signed":     {"De stand van %s regels is geldig ondertekend.", "The checkpoint of %s entries is validly signed."},
		"verdict.first":      {"U keek voor het eerst; de volgende keer wordt hiermee vergeleken.", "You looked for the first time; the next time is compared with this."},
		"verdict.same":       {"Het logboek is hetzelfde als toen u de vorige keer keek.", "The log is the same as when you looked before."},
		"verdict.grown":      {"Het logboek is sinds u de vorige keer keek (%s regels) alleen gegroeid.", "The log has only grown since you looked before (%s entries)."},
		"verdict.sample":     {"Regel %s, door het toeval gekozen, en de laatste regel staan onveranderd in het logboek.", "Entry %s, picked by chance, and the last entry are unchanged in the log."},
		"verdict.entry":      {"Het gaat om regel %s.", "It is about entry %s."},
		"verdict.proof":      {"Bewijs van de groei", "Proof of the growth"},
		"verdict.proof-why":  {"Met deze hashes toont u zelf aan dat de ene stand op de andere voortbouwt (RFC 6962, 2.1.2).", "With these hashes you show yourself that one checkpoint builds on the other (RFC 6962, 2.1.2)."},
		"verdict.back":       {"Terug naar controleren", "Back to verifying"},
		"verdict.witnessing": {"Deze pagina draait bij ons. Controleer voor zekerheid ook een bewijsbundel met seincheck.", "This page runs with us. To be sure, verify a bundle of proof with seincheck as well."},
	}}
}

func (c verdictPage) get(ctx context.Context, v *visit) (any, error) {
	return c.inspection.Verify(ctx, v.Visit)
}

// fullPage shows how a check of all entries goes, and what came of it.
type fullPage struct{ runs *fullChecks }

func (c fullPage) page() page {
	return page{path: "/controle/alles", name: "checkall", parent: "check", roles: watchers(), get: c.get, words: words{
		"checkall.title":             {"Alle regels nalopen", "Going through all entries"},
		"checkall.none":              {"U hebt nog niet alle regels laten nalopen.", "You have not had all entries gone through yet."},
		"checkall.busy":              {"%s van %s regels zijn nagelopen.", "%s of %s entries have been gone through."},
		"checkall.refresh":           {"Kijk opnieuw", "Look again"},
		"checkall.failed":            {"Het nalopen is niet afgemaakt. Begin opnieuw; lukt het dan weer niet, meld het de beheerder.", "It was not finished. Start again; if it fails once more, tell the operator."},
		"checkall.good":              {"Alle %s regels staan onveranderd op hun plaats.", "All %s entries are unchanged at their places."},
		"checkall.bad":               {"%d afwijkingen gevonden.", "%d deviations found."},
		"checkall.more":              {"En nog %d.", "And %d more."},
		"checkall.entries":           {"Regels die niet kloppen", "Entries that are wrong"},
		"checkall.number":            {"Nummer", "Number"},
		"checkall.why":               {"Wat er mis is", "What is wrong"},
		"checkall.text":              {"In de woorden van seincheck", "In the words of seincheck"},
		"checkall.started":           {"Begonnen op %s.", "Started on %s."},
		"finding.entry-altered":      {"Deze regel is veranderd.", "This entry was changed."},
		"finding.entry-invalid":      {"Dit is geen regel van een logboek.", "This is no entry of a log."},
		"finding.entry-unproven":     {"Deze regel is niet te bewijzen: hashes erboven ontbreken of kloppen niet.", "This entry cannot be proven: hashes above it are missing or wrong."},
		"finding.line-missing":       {"Vanaf deze regel is alles weg.", "Everything from this entry on is gone."},
		"finding.tile-missing":       {"Een bestand met hashes ontbreekt.", "A file with hashes is missing."},
		"finding.tile-altered":       {"Een bestand met hashes is veranderd.", "A file with hashes was changed."},
		"finding.root-differs":       {"De hashes geven een andere uitkomst dan waarvoor is getekend.", "The hashes give another outcome than the one that is signed."},
		"finding.checkpoint-refused": {"Er is geen geldig ondertekende stand.", "There is no validly signed checkpoint."},
	}}
}

// fullView is what the page shows.
type fullView struct {
	State   string // none, busy, failed, good, bad
	Started time.Time
	Done    int64
	Total   int64
	Report  proof.Report
	Rows    []wrongEntry
}

// wrongEntry is one finding for a reader; Number is 0 when it names no entry.
type wrongEntry struct {
	Number     int64
	Word, Text string
}

func (c fullPage) get(_ context.Context, v *visit) (any, error) {
	run := c.runs.of(v.Officer.Account())
	if run == nil {
		return fullView{State: "none"}, nil
	}
	view := fullView{State: "busy", Started: run.started, Done: run.done, Total: run.total, Report: run.report}
	switch {
	case !run.finished:
	case run.err != nil:
		view.State = "failed"
	case run.report.OK():
		view.State = "good"
	default:
		view.State = "bad"
	}
	for _, f := range run.report.Findings {
		view.Rows = append(view.Rows, wrongEntry{f.Index + 1, "finding." + string(f.Code), f.Text})
	}
	return view, nil
}
