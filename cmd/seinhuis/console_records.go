// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"os"

	"github.com/seinhuis/seinhuis/adapters/console"
	"github.com/seinhuis/seinhuis/adapters/mtls"
	"github.com/seinhuis/seinhuis/docs"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/policies"
)

// processorConfig is the section verwerker of seinhuis.yaml: who the processor
// is in the register of processing activities (AVG art. 30(2)).
type processorConfig struct {
	Name          string   `yaml:"naam,omitempty"`
	Contact       string   `yaml:"contact,omitempty"`       // of its data protection officer
	SubProcessors []string `yaml:"subverwerkers,omitempty"` // none when empty
	Transfers     []string `yaml:"doorgifte,omitempty"`     // to third countries; none when empty
}

// recordPorts fills what the console shows beside the log itself.
func (s *installation) recordPorts(p console.Ports) console.Ports {
	t, log, own := s.truth, s.truth.Journal, papers{s.dir, s.config, s.ring}
	p.Standing = oversight.NewOverviews(oversight.OverviewPorts{Parties: t.Register, Standing: t.Standing, Webhooks: t.Webhooks,
		Requests: t.Requests, Credentials: own, Log: log})
	p.Agreements = oversight.NewAgreementDesk(t.Register, log, log)
	p.Credentials = oversight.NewKeyDesk(t.Register, own, log)
	p.Requests = oversight.NewRequestDesk(t.Requests, t.Register, log)
	p.Breaches = oversight.NewBreachDesk(oversight.BreachPorts{Issuer: gateway.OIN(s.config.OIN), Store: t.Breaches, Extent: t.Extent, Journal: log,
		Parties: t.Register, Log: log})
	p.Reports = oversight.NewReportDesk(oversight.ReportPorts{Counts: log, Standing: t.Standing, Parties: t.Register, Heads: t.Heads, Log: log})
	p.Exports = oversight.NewExportDesk(log, log)
	v := s.config.Processor
	p.Registers = oversight.NewRegisterDesk(oversight.RegisterPorts{List: t.Register, Log: log, Threats: oversight.ReadThreatModel(docs.ThreatModel()),
		Policy:    func() *policies.Bundle { return s.current.Bundle() }, // what officers adopted, not the configuration
		Processor: oversight.Processor{OIN: gateway.OIN(s.config.OIN), Name: v.Name, Contact: v.Contact, SubProcessors: v.SubProcessors, Transfers: v.Transfers}})
	return p
}

// papers are the keys and certificates of this gateway. It fills
// oversight.Credentials.
type papers struct {
	dir    string
	config config
	ring   keyStore
}

// Keys fills oversight.Credentials: the published ones.
func (p papers) Keys(ctx context.Context) (all []oversight.Credential, err error) {
	publics, err := p.ring.Publics(ctx)
	for _, k := range publics {
		all = append(all, oversight.Credential{Kind: oversight.CredentialGateway, Use: string(k.Use), Algorithm: k.Algorithm, ID: k.KID, From: k.From, Until: k.Until})
	}
	return all, err
}

// Certificates fills oversight.Credentials. The files are read each time: they
// may be replaced while the gateway runs.
func (p papers) Certificates(context.Context) (all []oversight.Credential, err error) {
	pair, err := tls.LoadX509KeyPair(in(p.dir, p.config.TLS.Certificate), in(p.dir, p.config.TLS.Key))
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return nil, err
	}
	all = append(all, certificateOf(oversight.CredentialServer, leaf))
	data, err := os.ReadFile(in(p.dir, p.config.TLS.ClientCAs))
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, certificateOf(oversight.CredentialAuthority, c))
	}
	if p.config.TLS.CRL == "" {
		return all, nil
	}
	lists, err := mtls.Files(in(p.dir, p.config.TLS.CRL))()
	for _, l := range lists {
		all = append(all, oversight.Credential{Kind: oversight.CredentialRevocations, Name: l.Issuer.CommonName, From: l.ThisUpdate, Until: l.NextUpdate})
	}
	return all, err
}

func certificateOf(kind oversight.CredentialKind, c *x509.Certificate) oversight.Credential {
	sum := sha256.Sum256(c.Raw)
	return oversight.Credential{Kind: kind, Name: c.Subject.CommonName, Algorithm: c.PublicKeyAlgorithm.String(), ID: hex.EncodeToString(sum[:]), From: c.NotBefore, Until: c.NotAfter}
}
