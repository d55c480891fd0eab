// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/policies"
)

const maxFacts = 64 << 10

// factsFile is question.yaml of the policy's cases. A report has the same
// names on the wire, so one shape reads both; of a report it takes the facts
// and which personal fields are filled, and keeps no value of those.
type factsFile struct {
	Kind          string           `yaml:"soort" json:"soort"`
	Pilot         string           `yaml:"regeling" json:"regeling"`
	Creditor      string           `yaml:"partij" json:"-"`
	Municipality  string           `yaml:"gemeente" json:"-"`
	Basis         string           `yaml:"grondslag" json:"grondslag"`
	ConsentDate   string           `yaml:"toestemmingsdatum" json:"toestemmingsdatum"`
	Today         string           `yaml:"vandaag" json:"-"`
	SignalDate    string           `yaml:"signaaldatum" json:"signaaldatum"`
	ArrearsSince  string           `yaml:"ontstaansdatum" json:"ontstaansdatum"`
	AmountInCents int64            `yaml:"bedragInCenten" json:"bedragInCenten"`
	Crisis        bool             `yaml:"crisissignaal" json:"crisissignaal"`
	WarmHandover  bool             `yaml:"warmeOverdracht" json:"warmeOverdracht"`
	EndOfSupply   string           `yaml:"eindeLevering" json:"eindeLevering"`
	Efforts       effortFacts      `yaml:"inspanningen" json:"inspanningen"`
	Agreement     *agreementClause `yaml:"overeenkomst" json:"-"`
	Present       []string         `yaml:"ingevuld" json:"-"`
	Address       *addressFacts    `yaml:"-" json:"adres"`
}

type effortFacts struct {
	PersonalContact string   `yaml:"persoonlijkContact" json:"persoonlijkContact"`
	PointedToHelp   string   `yaml:"gewezenOpHulp" json:"gewezenOpHulp"`
	Reminders       []string `yaml:"herinneringen" json:"herinneringen"`
	OfferMade       string   `yaml:"aanbod" json:"aanbod"`
	PaymentPlan     string   `yaml:"betalingsregeling" json:"betalingsregeling"`
	Objection       bool     `yaml:"bezwaar" json:"bezwaar"`
}

type agreementClause struct {
	ID               string   `yaml:"id"`
	From             string   `yaml:"van"`
	Until            string   `yaml:"tot"`
	Kinds            []string `yaml:"soorten"`
	Bases            []string `yaml:"grondslagen"`
	ThresholdInCents int64    `yaml:"drempelInCenten"`
	BirthDateAllowed bool     `yaml:"geboortedatumToegestaan"`
}

type addressFacts struct {
	Postcode string `json:"postcode"`
	Number   int    `json:"huisnummer"`
	Letter   string `json:"huisletter"`
	Addition string `json:"huisnummertoevoeging"`
}

// readFacts reads a question (.yaml) or a report (.json). Errors name the file
// and not what stands in it, because a report is about a person.
func readFacts(path string) (factsFile, error) {
	var f factsFile
	info, err := os.Stat(path)
	if err != nil {
		return f, err
	}
	if info.Size() > maxFacts {
		return f, fmt.Errorf("%s is too large for a question or a report", filepath.Base(path))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return f, err
	}
	if filepath.Ext(path) != ".json" {
		if err := yaml.UnmarshalWithOptions(data, &f, yaml.Strict()); err != nil {
			return f, fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
		return f, nil
	}
	var fields map[string]any
	if json.Unmarshal(data, &f) != nil || json.Unmarshal(data, &fields) != nil {
		return f, fmt.Errorf("%s is no report of the right form; sein controleren tells what is wrong with it", filepath.Base(path))
	}
	if f.Basis == "" {
		f.Basis = string(gateway.BasisWgs)
	}
	f.Present = filled(fields)
	return f, nil
}

// filled names the optional fields of a report that have a value.
func filled(report map[string]any) []string {
	present := []string{}
	for _, name := range policies.Fields() {
		var value any = report
		for part := range strings.SplitSeq(name, ".") {
			object, _ := value.(map[string]any)
			value = object[part]
		}
		if value != nil && value != "" || name == "inspanningen" {
			present = append(present, name)
		}
	}
	return present
}

// route asks the installation's own table; empty when it does not know surely.
func (f factsFile) route(g *globals, on gateway.Date) string {
	c, err := readConfig(g.dir)
	if err != nil {
		return ""
	}
	t, err := openTable(in(g.dir, c.Routing))
	if err != nil {
		return ""
	}
	answer, _ := t.Resolve(f.Address.Postcode, f.Address.Number, f.Address.Letter, f.Address.Addition, on)
	return string(answer.Municipality)
}

// question gives the facts as the engine takes them; all wrong dates at once.
func (f factsFile) question() (policies.Question, error) {
	var wrong []error
	day := func(name, text string) time.Time {
		if text == "" {
			return time.Time{}
		}
		d, err := gateway.ParseDate(text)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", name, err))
		}
		return d.Time()
	}
	e := f.Efforts
	q := policies.Question{
		Kind: f.Kind, DocumentedPilot: f.Pilot, Creditor: f.Creditor, Municipality: f.Municipality, Basis: f.Basis,
		ConsentDate: day("toestemmingsdatum", f.ConsentDate), Today: day("vandaag", f.Today),
		SignalDate: day("signaaldatum", f.SignalDate), ArrearsSince: day("ontstaansdatum", f.ArrearsSince),
		AmountInCents: f.AmountInCents, Crisis: f.Crisis, WarmHandover: f.WarmHandover,
		EndOfSupply: day("eindeLevering", f.EndOfSupply), Present: f.Present,
		Efforts: policies.Efforts{
			PersonalContact: day("persoonlijkContact", e.PersonalContact), PointedToHelp: day("gewezenOpHulp", e.PointedToHelp),
			OfferMade: day("aanbod", e.OfferMade), PaymentPlanOffered: day("betalingsregeling", e.PaymentPlan), Objection: e.Objection,
		},
	}
	for _, r := range e.Reminders {
		q.Efforts.Reminders = append(q.Efforts.Reminders, day("herinneringen", r))
	}
	if a := f.Agreement; a != nil {
		q.Agreement = &policies.Agreement{ID: a.ID, From: day("van", a.From), Until: day("tot", a.Until), Kinds: a.Kinds, Bases: a.Bases,
			ThresholdInCents: a.ThresholdInCents, BirthDateAllowed: a.BirthDateAllowed}
	}
	return q, errors.Join(wrong...)
}
