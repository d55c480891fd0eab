// SPDX-License-Identifier: EUPL-1.2

package pause

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

// ChangeKind is what a party asks of a running pause.
type ChangeKind string

const (
	// Of the municipality.
	Prolong ChangeKind = "verlengen"
	End     ChangeKind = "beeindigen"
	Correct ChangeKind = "corrigeren"
	Uphold  ChangeKind = "handhaven" // its answer to a contest
	// Of the creditor.
	Contest  ChangeKind = "betwisten"
	Transfer ChangeKind = "overdragen" // it sold the claim
)

// ChangeKinds lists the closed set, for the contract.
func ChangeKinds() []ChangeKind {
	return []ChangeKind{Prolong, End, Correct, Uphold, Contest, Transfer}
}

// of says whose change it is.
func (k ChangeKind) of() gateway.PartyKind {
	if k == Contest || k == Transfer {
		return gateway.KindCreditor
	}
	return gateway.KindMunicipality
}

// Reasons lists which reasons fit a kind of change.
func (k ChangeKind) Reasons() []gateway.PauseReason {
	switch k {
	case Prolong:
		return []gateway.PauseReason{gateway.ReasonStillHelping}
	case End:
		return []gateway.PauseReason{gateway.ReasonHelpStopped, gateway.ReasonArranged, gateway.ReasonNoContact, gateway.ReasonMistake, gateway.ReasonDead}
	case Correct:
		return []gateway.PauseReason{gateway.ReasonMistake}
	case Uphold:
		return []gateway.PauseReason{gateway.ReasonStillHelping, gateway.ReasonArranged}
	case Contest:
		return []gateway.PauseReason{gateway.ReasonNoClaim, gateway.ReasonWrongPerson, gateway.ReasonProcedure, gateway.ReasonTooLong, gateway.ReasonDead}
	case Transfer:
		return []gateway.PauseReason{gateway.ReasonSold}
	}
	return nil
}

// Change (wijziging) is what a party signs about a pause. It has no room for
// personal data or free text.
type Change struct {
	ID      gateway.ChangeID
	PauseID gateway.PauseID
	Kind    ChangeKind
	Reason  gateway.PauseReason
	Until   gateway.Date // the new last day
	Review  gateway.Date
	Taker   gateway.OIN // with Transfer: the creditor that holds the claim from now on
}

var fields = []intake.Field[Change]{
	{Name: "wijzigingId", Required: true, Read: func(_ *intake.Document, c *Change, v jsontext.Value) (code gateway.Code) {
		c.ID, code = intake.ID[gateway.ChangeID](v)
		return code
	}},
	{Name: "pauzeId", Required: true, Read: func(_ *intake.Document, c *Change, v jsontext.Value) (code gateway.Code) {
		c.PauseID, code = intake.ID[gateway.PauseID](v)
		return code
	}},
	{Name: "soort", Required: true, Read: func(_ *intake.Document, c *Change, v jsontext.Value) (code gateway.Code) {
		c.Kind, code = intake.Choice(v, ChangeKinds()...)
		return code
	}},
	{Name: "reden", Required: true, Read: func(_ *intake.Document, c *Change, v jsontext.Value) (code gateway.Code) {
		c.Reason, code = intake.Choice(v, allReasons()...)
		return code
	}},
	{Name: "einddatum", Read: func(_ *intake.Document, c *Change, v jsontext.Value) (code gateway.Code) {
		c.Until, code = intake.Day(v)
		return code
	}},
	{Name: "toetsdatum", Read: func(_ *intake.Document, c *Change, v jsontext.Value) (code gateway.Code) {
		c.Review, code = intake.Day(v)
		return code
	}},
	{Name: "overnemer", Read: func(_ *intake.Document, c *Change, v jsontext.Value) (code gateway.Code) {
		s, code := intake.Text(v, 20)
		if code != "" {
			return code
		}
		oin, err := gateway.ParseOIN(s)
		if err != nil {
			return gateway.CodeBadForm
		}
		c.Taker = oin
		return ""
	}},
}

func allReasons() []gateway.PauseReason {
	var all []gateway.PauseReason
	for _, k := range ChangeKinds() {
		all = append(all, k.Reasons()...)
	}
	return all
}

// Confirmation is a party's plain word on a notice, as the doors read it.
type Confirmation struct {
	Progress gateway.NoticeProgress
	Told     []gateway.Agent
}

// ConfirmationFields are how a door reads a Confirmation.
func ConfirmationFields() []intake.Field[Confirmation] {
	return []intake.Field[Confirmation]{
		{Name: "stand", Required: true, Read: func(_ *intake.Document, c *Confirmation, v jsontext.Value) (code gateway.Code) {
			c.Progress, code = intake.Choice(v, gateway.NoticeReceived, gateway.NoticeApplied)
			return code
		}},
		{Name: "ingelicht", Read: readAgents},
	}
}

// maxAgents is how many agents one creditor may name.
const maxAgents = 20

var agentFields = []intake.Field[gateway.Agent]{
	{Name: "soort", Required: true, Read: func(_ *intake.Document, a *gateway.Agent, v jsontext.Value) (code gateway.Code) {
		a.Kind, code = intake.Choice(v, gateway.AgentKinds()...)
		return code
	}},
	{Name: "kvk", Required: true, Read: func(_ *intake.Document, a *gateway.Agent, v jsontext.Value) gateway.Code {
		s, code := intake.Text(v, 8)
		if code != "" {
			return code
		}
		kvk, ok := gateway.ParseKvK(s)
		if !ok {
			return gateway.CodeBadForm
		}
		a.KvK = kvk
		return ""
	}},
}

func readAgents(d *intake.Document, c *Confirmation, v jsontext.Value) gateway.Code {
	if v.Kind() != '[' {
		return gateway.CodeWrongType
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(v))
	_, _ = dec.ReadToken()
	for i := 0; dec.PeekKind() != ']'; i++ {
		raw, err := dec.ReadValue()
		if err != nil {
			return gateway.CodeNotJSON
		}
		if i >= maxAgents {
			return gateway.CodeTooLong
		}
		var a gateway.Agent
		d.At(i, func() {
			if code := intake.ReadObject(d, &a, raw, agentFields); code != "" {
				d.Find(code, "")
			}
		})
		c.Told = append(c.Told, a)
	}
	return ""
}
