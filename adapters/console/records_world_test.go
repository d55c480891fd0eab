// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"errors"
	"time"

	"github.com/seinhuis/seinhuis/docs"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/gateway/register"
	"github.com/seinhuis/seinhuis/gateway/request"
	"github.com/seinhuis/seinhuis/policies"
)

const (
	agreementID   gateway.UUID = "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e21"
	otherDealID   gateway.UUID = "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e22"
	requestID     gateway.UUID = "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e23"
	otherAskedID  gateway.UUID = "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e24"
	breachID      gateway.UUID = "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e25" // of the processor; the energy company was told
	untoldID      gateway.UUID = "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e26" // of the processor; nobody was told
	instructionID gateway.UUID = "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e27"
)

// ownPapers are keys and certificates of the gateway.
type ownPapers struct{ now time.Time }

func (p ownPapers) Keys(context.Context) ([]oversight.Credential, error) {
	return []oversight.Credential{{Kind: oversight.CredentialGateway, Use: "receipt-signing", Algorithm: "ES256", ID: "Zm9vYmFy", From: p.now.AddDate(-1, 0, 0)}}, nil
}

func (p ownPapers) Certificates(context.Context) ([]oversight.Credential, error) {
	return []oversight.Credential{{Kind: oversight.CredentialServer, Name: "seinhuis.example", ID: "ab", From: p.now.AddDate(-1, 0, 0), Until: p.now.AddDate(0, 0, 10)},
		{Kind: oversight.CredentialRevocations, Name: "Voorbeeld CA", From: p.now.AddDate(0, 0, -8), Until: p.now.AddDate(0, 0, -1)}}, nil
}

// records is a store in memory with two creditors, one municipality, and
// something of each to see.
func records(now time.Time) *gatewaytest.Memory {
	m, today := gatewaytest.NewMemory(), gateway.Today(now)
	key := gateway.PartyKey{ID: "c2xldXRlbA", Use: gateway.KeySign, Algorithm: "ES256", From: now.AddDate(-1, 0, 0), Until: now.AddDate(0, 0, 12)}
	party := func(oin gateway.OIN, kind gateway.PartyKind, name string, code gateway.Municipality) gateway.Party {
		return gateway.Party{OIN: oin, Kind: kind, Name: name, State: gateway.PartyActive, Municipality: code, Keys: []gateway.PartyKey{key}}
	}
	agreed := func(id gateway.UUID, of gateway.OIN, kind gateway.ReportKind) gateway.Agreement {
		return gateway.Agreement{ID: string(id), Creditor: of, Municipality: "GM0268", Kinds: []gateway.ReportKind{kind}, Bases: []gateway.Basis{gateway.BasisWgs},
			From: today.AddDays(-400), ThresholdInCents: 12_550, Prolongations: 1}
	}
	asked := func(id gateway.UUID, of gateway.OIN, ago int) request.Request {
		return request.Request{ID: id, Kind: request.Access, Controller: of, Instruction: instructionID, Received: today.AddDays(-ago)}
	}
	found := func(id gateway.UUID, touched ...oversight.Touched) oversight.Breach {
		return oversight.Breach{ID: id, Nature: oversight.Confidentiality, OpenedBy: officerID, OpenedAt: now.Add(-time.Hour), Discovered: now.Add(-3 * time.Hour), All: true,
			Filter: oversight.BreachFilter{Actor: "beheer"}, ExaminedAt: now.Add(-time.Hour), Entries: 5, Touched: touched}
	}
	err := errors.Join(
		m.Register.Write(context.Background(), func(tx register.Tx) error {
			return errors.Join(tx.PutParties([]gateway.Party{party(energyOIN, gateway.KindCreditor, "Voorbeeld Energie", ""), party(waterOIN, gateway.KindCreditor, "Voorbeeld Water", ""),
				party("00000099000000004000", gateway.KindMunicipality, "Nijmegen", "GM0268")}),
				tx.PutAgreements([]gateway.Agreement{agreed(agreementID, energyOIN, gateway.ReportEnergy), agreed(otherDealID, waterOIN, gateway.ReportWater)}))
		}),
		m.Requests.WriteRequests(context.Background(), func(tx request.Tx) error {
			return errors.Join(tx.PutRequest(asked(requestID, energyOIN, 10)), tx.PutRequest(asked(otherAskedID, waterOIN, 50)))
		}),
		m.Breaches.WriteBreaches(context.Background(), func(tx oversight.BreachTx) error {
			return errors.Join(tx.PutBreach(found(breachID,
				oversight.Touched{Party: energyOIN, Entries: 3, Signals: 2, Persons: 2, Unlinked: 1, Kinds: []gateway.ReportKind{gateway.ReportEnergy}, ToldAt: now.Add(-30 * time.Minute)},
				oversight.Touched{Party: waterOIN, Entries: 2, Signals: 1, Persons: 1})), tx.PutBreach(found(untoldID, oversight.Touched{Party: energyOIN, Entries: 1})))
		}))
	if err != nil {
		panic(err) // of the test itself
	}
	by := audit.By{Actor: string(energyOIN), Role: audit.Creditor, Origin: audit.Local, Trace: gateway.NewTrace()}
	refused, err := audit.New(audit.ReportRefused, by, audit.Object(audit.KindReport, string(energyOIN), string(reportID)), now.Add(-time.Hour), audit.Refused("drempel"))
	started, err2 := audit.New(audit.ServiceStarted, audit.ByGateway(gateway.NewTrace()), string(audit.KindService), now.AddDate(0, 0, -40))
	deal, err3 := audit.New(audit.AgreementConcluded, audit.ByOperator(gateway.NewTrace()), audit.Object(audit.KindAgreement, string(agreementID)), now.AddDate(0, 0, -30))
	if err := errors.Join(err, err2, err3, m.Journal.Write(context.Background(), []audit.Entry{started, deal, refused})); err != nil {
		panic(err) // of the test itself
	}
	return m
}

// withRecords fills the ports of records with the real desks over a store in
// memory; what they log goes into the book of the world.
func withRecords(p Ports, now time.Time, log oversight.Log) Ports {
	m, own := records(now), ownPapers{now}
	bundle, err := policies.Embedded()
	if err != nil {
		panic(err) // of the test itself
	}
	p.Standing = oversight.NewOverviews(oversight.OverviewPorts{Parties: m.Register, Standing: m.Standing, Webhooks: m.Webhooks, Requests: m.Requests, Credentials: own, Log: log})
	p.Agreements = oversight.NewAgreementDesk(m.Register, m.Journal, log)
	p.Credentials = oversight.NewKeyDesk(m.Register, own, log)
	p.Requests = oversight.NewRequestDesk(m.Requests, m.Register, log)
	p.Breaches = oversight.NewBreachDesk(oversight.BreachPorts{Issuer: gatewaytest.Issuer, Store: m.Breaches, Extent: m.Extent, Journal: m.Journal, Parties: m.Register, Log: log})
	p.Reports = oversight.NewReportDesk(oversight.ReportPorts{Counts: m.Journal, Standing: m.Standing, Parties: m.Register, Heads: m.Heads, Log: log})
	p.Exports = oversight.NewExportDesk(m.Journal, log)
	p.Registers = oversight.NewRegisterDesk(oversight.RegisterPorts{Processor: oversight.Processor{OIN: gatewaytest.Issuer, Name: "Seinhuis voorbeeld"}, List: m.Register,
		Threats: oversight.ReadThreatModel(docs.ThreatModel()), Policy: func() *policies.Bundle { return bundle }, Log: log})
	return p
}
