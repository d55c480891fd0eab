// SPDX-License-Identifier: EUPL-1.2

package policies

import (
	"fmt"
	"time"
)

// questionFile is question.yaml: the names of the wire and of conditions.
type questionFile struct {
	Kind          string         `yaml:"soort"`
	Pilot         string         `yaml:"regeling"`
	Creditor      string         `yaml:"partij"`
	Municipality  string         `yaml:"gemeente"`
	Basis         string         `yaml:"grondslag"`
	ConsentDate   civilDate      `yaml:"toestemmingsdatum"`
	Today         civilDate      `yaml:"vandaag"`
	SignalDate    civilDate      `yaml:"signaaldatum"`
	ArrearsSince  civilDate      `yaml:"ontstaansdatum"`
	AmountInCents int64          `yaml:"bedragInCenten"`
	Crisis        bool           `yaml:"crisissignaal"`
	WarmHandover  bool           `yaml:"warmeOverdracht"`
	EndOfSupply   civilDate      `yaml:"eindeLevering"`
	Efforts       effortsFile    `yaml:"inspanningen"`
	Agreement     *agreementFile `yaml:"overeenkomst"`
	Present       []string       `yaml:"ingevuld"`
}

type effortsFile struct {
	PersonalContact civilDate   `yaml:"persoonlijkContact"`
	PointedToHelp   civilDate   `yaml:"gewezenOpHulp"`
	Reminders       []civilDate `yaml:"herinneringen"`
	OfferMade       civilDate   `yaml:"aanbod"`
	PaymentPlan     civilDate   `yaml:"betalingsregeling"`
	Objection       bool        `yaml:"bezwaar"`
}

type agreementFile struct {
	ID               string    `yaml:"id"`
	From             civilDate `yaml:"van"`
	Until            civilDate `yaml:"tot"`
	Kinds            []string  `yaml:"soorten"`
	Bases            []string  `yaml:"grondslagen"`
	ThresholdInCents int64     `yaml:"drempelInCenten"`
	BirthDateAllowed bool      `yaml:"geboortedatumToegestaan"`
}

// civilDate is yyyy-mm-dd in YAML, midnight UTC in Go.
type civilDate string

// ReadQuestion reads a question as the cases write it (question.yaml): one YAML
// document of at most 64 KiB, without unknown or double fields. Fields that are
// absent stay zero. The error may quote the file: whoever cannot trust that a
// file is a question, and not a report about a person, must not show it.
func ReadQuestion(data []byte) (Question, error) {
	var f questionFile
	if err := decodeYAML(data, &f); err != nil {
		return Question{}, err
	}
	var p dates
	q := Question{
		Kind: f.Kind, DocumentedPilot: f.Pilot, Creditor: f.Creditor, Municipality: f.Municipality,
		Basis: f.Basis, ConsentDate: p.parse(f.ConsentDate), Today: p.parse(f.Today),
		SignalDate: p.parse(f.SignalDate), ArrearsSince: p.parse(f.ArrearsSince),
		AmountInCents: f.AmountInCents, Crisis: f.Crisis, WarmHandover: f.WarmHandover,
		EndOfSupply: p.parse(f.EndOfSupply), Present: f.Present,
		Efforts: Efforts{
			PersonalContact: p.parse(f.Efforts.PersonalContact), PointedToHelp: p.parse(f.Efforts.PointedToHelp),
			OfferMade: p.parse(f.Efforts.OfferMade), PaymentPlanOffered: p.parse(f.Efforts.PaymentPlan),
			Objection: f.Efforts.Objection,
		},
	}
	for _, d := range f.Efforts.Reminders {
		q.Efforts.Reminders = append(q.Efforts.Reminders, p.parse(d))
	}
	if a := f.Agreement; a != nil {
		q.Agreement = &Agreement{
			ID: a.ID, From: p.parse(a.From), Until: p.parse(a.Until), Kinds: a.Kinds, Bases: a.Bases,
			ThresholdInCents: a.ThresholdInCents, BirthDateAllowed: a.BirthDateAllowed,
		}
	}
	return q, p.err
}

// dates parses one date after the other and remembers the first failure.
type dates struct{ err error }

func (p *dates) parse(d civilDate) time.Time {
	if d == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil && p.err == nil {
		p.err = fmt.Errorf("%q is no date yyyy-mm-dd", string(d))
	}
	return t
}
