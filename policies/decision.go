// SPDX-License-Identifier: EUPL-1.2

package policies

// Decision is the answer to a [Question]. The zero Decision denies.
type Decision struct {
	Permit             bool
	Refusals, Warnings []Reason  // all of them, the engine's own first, then in document order
	Drop               []string  // fields of Question.Present to drop before sealing
	Retain             Retention // every term is above zero when Permit is true
	Policy             Ref
}

// Reason is one rule that bit.
type Reason struct {
	Rule    string // "energie/persoonlijk-contact"; "ingebouwd/..." for the engine's own
	Code    string // closed, kebab-case Dutch
	Law     string // article, covenant clause or "praktijk"
	NL, EN  string // one safe sentence each, never an input value
	Pointer string // JSON pointer (RFC 6901) into the report, "" for the whole
}

// Retention holds terms in days. When several rules set a term, the shortest
// counts.
type Retention struct {
	Body    int // sealed body, from delivery to the mailbox
	Tokens  int // pseudonymous match tokens
	Receipt int // receipt and audit rows, which hold no personal data
}

// Ref names the bundle that decided.
type Ref struct {
	Name, Version string
	Digest        [32]byte // SHA-256 over all documents: name, length and bytes, in order of name
}

// Codes of the engine itself, which no document can take away.
const (
	CodeRuleError    = "regel-fout"
	CodeNoDocument   = "soort-niet-toegelaten"
	CodeNoAgreement  = "geen-overeenkomst"
	CodeNoSignalDate = "signaaldatum-ontbreekt"
	CodeNoRetention  = "geen-bewaartermijn"
)

// builtInPrefix cannot begin a document's rule: no document may be called so.
const builtInPrefix = "ingebouwd/"

// BuiltIn gives the reason of a code of the engine itself, and whether it is one
// that stands for itself: [CodeRuleError] belongs to a rule. Called by
// adapters/console, which explains refusals.
func BuiltIn(code string) (Reason, bool) {
	r := builtIn(code)
	return r, r.NL != ""
}

func builtIn(code string) Reason {
	r := Reason{Rule: builtInPrefix + code, Code: code, Law: "praktijk"}
	switch code {
	case CodeNoDocument:
		r.NL = "Voor deze soort vordering is op de signaaldatum geen regeling in werking die een melding toestaat."
		r.EN = "For this kind of claim no rules that allow a report were in force on the signal date."
		r.Pointer = "/soort"
	case CodeNoAgreement:
		r.Law = "LCV, modelovereenkomst"
		r.NL = "Tussen de meldende partij en de gemeente is op de signaaldatum geen overeenkomst geregistreerd."
		r.EN = "No agreement between creditor and municipality is registered for the signal date."
	case CodeNoSignalDate:
		r.NL = "De signaaldatum ontbreekt; zonder die datum is niet te bepalen welke regels gelden."
		r.EN = "The signal date is missing; without it the rules in force cannot be known."
		r.Pointer = "/signaaldatum"
	case CodeNoRetention:
		r.NL = "Het beleid noemt voor deze melding niet alle bewaartermijnen; zonder termijn wordt niets bewaard."
		r.EN = "The policy does not set every retention term for this report; nothing is kept without a term."
	}
	return r
}

func ruleError(r *rule) Reason {
	return Reason{
		Rule: r.name, Code: CodeRuleError, Law: r.law, Pointer: r.pointer,
		NL: "Een regel kon niet worden beoordeeld; de melding wordt daarom geweigerd.",
		EN: "A rule could not be evaluated; the report is refused for that reason.",
	}
}
