// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/rights"
)

func newPerson(g *globals) *cobra.Command {
	return group("person", "Serve the rights of a data subject, on a controller's instruction",
		`A controller (a municipality, or a creditor for its own reports) got a request of a
person and instructs the gateway, which is its processor. The person is typed on
standard input, as JSON or at prompts, never on the command line: what is typed
becomes tokens, as a report's words do, and is kept nowhere. Answers hold no word
of the person, and every look is logged.`,
		newPersonFind(g), newPersonOverview(g), newPersonErase(g), newPersonObject(g), newPersonObjections(g))
}

// instructionFlags say who asks, and who carries it out.
type instructionFlags struct {
	municipality, controller, instruction, officer string
	also                                           []string
}

func (f *instructionFlags) bind(c *cobra.Command, also bool) {
	flags := c.Flags()
	flags.StringVar(&f.municipality, "municipality", "", "code of the gemeente whose mailbox is searched, such as GM0268")
	flags.StringVar(&f.controller, "for", "", "OIN of the controller who gave the instruction")
	flags.StringVar(&f.instruction, "instruction", "", "the controller's number of the instruction (UUID)")
	flags.StringVar(&f.officer, "officer", "", "your account number (UUID), for the log")
	if also {
		flags.StringSliceVar(&f.also, "also", nil, "signal (UUID) that may be a housemate's, and of which the controller made sure that it is not")
	}
}

func (f *instructionFlags) check() error {
	var wrong wrongFlags
	_, err := gateway.ParseMunicipality(f.municipality)
	wrong.add("municipality", err)
	_, err = gateway.ParseOIN(f.controller)
	wrong.add("for", err)
	_, err = gateway.ParseUUID(f.instruction)
	wrong.add("instruction", err)
	_, err = gateway.ParseUUID(f.officer)
	wrong.add("officer", err)
	for _, id := range f.also {
		_, err := gateway.ParseUUID(id)
		wrong.add("also", err)
	}
	return wrong.err()
}

// given makes the instruction; the controller must be registered.
func (f *instructionFlags) given(ctx context.Context, b *books) (gateway.Instruction, error) {
	party, err := b.known(ctx, f.controller)
	if err != nil {
		return gateway.Instruction{}, err
	}
	all, err := b.truth.Register.Reorganisations(ctx)
	if err != nil {
		return gateway.Instruction{}, err
	}
	if err := b.livingCode(ctx, all, gateway.Municipality(f.municipality)); err != nil {
		return gateway.Instruction{}, err
	}
	formerly := all.Formerly(gateway.Municipality(f.municipality), gateway.Today(b.now).AddDays(-objection.MaxDays-1))
	return gateway.Instruction{ID: gateway.UUID(f.instruction), Controller: party, Municipality: gateway.Municipality(f.municipality), Formerly: formerly,
		Officer: gateway.UUID(f.officer), At: b.now, Trace: gateway.NewTrace()}, err
}

// act reads the person and does something with it.
func (f *instructionFlags) act(cmd *cobra.Command, g *globals, do func(*books, keyStore, rights.Search) error) error {
	if err := f.check(); err != nil {
		return err
	}
	return withKeys(cmd.Context(), g, func(b *books, ring keyStore) error {
		i, err := f.given(cmd.Context(), b)
		if err != nil {
			return err
		}
		subject, err := readSubject(cmd.InOrStdin(), cmd.ErrOrStderr())
		if err != nil {
			return err
		}
		s := rights.Search{Instruction: i, Subject: pseudonym.Subject{Person: subject.Person, Address: subject.Address}}
		for _, id := range f.also {
			s.Also = append(s.Also, gateway.SignalID(id))
		}
		return withSentence(do(b, ring, s))
	})
}

// withSentence adds the sentence of a refusal, which is Dutch for officials.
func withSentence(err error) error {
	var e *gateway.Error
	if !errors.As(err, &e) || len(e.Findings) == 0 {
		return err
	}
	return fmt.Errorf("%w: %s (%s)", err, e.Findings[0].Text, e.Findings[0].Rule)
}

func desk(b *books, ring keyStore) *rights.Desk {
	return rights.NewDesk(rights.Ports{Store: b.truth.Rights, Keyer: ring, Prover: newSweeper(gateway.OIN(b.config.OIN), b.truth, ring)})
}

// hitView is one report that was found.
type hitView struct {
	Signal      string   `json:"signal"`
	Creditor    string   `json:"creditor"`
	Report      string   `json:"report"`
	Kind        string   `json:"kind"`
	State       string   `json:"state"`
	ReceivedAt  string   `json:"receivedAt"`
	FoundBy     []string `json:"foundBy"`
	Surely      bool     `json:"surely"`
	Notices     []string `json:"notices"`
	Feedback    int      `json:"feedback"`
	BodyUntil   string   `json:"bodyUntil,omitempty"`
	TokensUntil string   `json:"tokensUntil"`
}

func viewHit(h rights.Hit, municipality bool) hitView {
	v := hitView{Signal: string(h.Signal.ID), Creditor: string(h.Creditor), Report: string(h.ReportID), Kind: string(h.Signal.Kind),
		ReceivedAt: moment(h.Moments.Deposited), FoundBy: []string{}, Surely: h.Surely, Notices: []string{},
		BodyUntil: h.BodyUntil.String(), TokensUntil: h.TokensUntil.String()}
	for _, by := range h.By {
		v.FoundBy = append(v.FoundBy, string(by))
	}
	for _, n := range h.Notices {
		v.Notices = append(v.Notices, string(n.Kind))
	}
	if municipality { // how it went about a signal is not for the creditor
		v.State, v.Feedback = string(h.Signal.State), len(h.Feedback)
	}
	return v
}

func newPersonFind(g *globals) *cobra.Command {
	var f instructionFlags
	c := &cobra.Command{
		Use: "find", Short: "Find what is kept about a person or home", Args: exactly(0),
		Long: `Finds the reports of a person or home in one municipality. Hits that are not sure
share only the address, or have no initial: they may be a housemate's, and only
the controller can tell, by looking into its own files.`,
		Example: `  seinhuis person find --municipality GM0268 --for 00000099000000220001 \
    --instruction 01981e2c-7a10-7000-8000-000000000001 --officer 01981e2c-7a10-7000-8000-0000000000aa <persoon.json`,
	}
	f.bind(c, false)
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		return f.act(cmd, g, func(b *books, ring keyStore, s rights.Search) error {
			hits, err := desk(b, ring).Find(cmd.Context(), s)
			if err != nil {
				return err
			}
			return showHits(cmd, g, s, hits)
		})
	}
	return c
}

func showHits(cmd *cobra.Command, g *globals, s rights.Search, hits []rights.Hit) error {
	views := []hitView{}
	for _, h := range hits {
		views = append(views, viewHit(h, s.Instruction.Controller.Kind == gateway.KindMunicipality))
	}
	return show(cmd, g, views, func(w io.Writer) {
		for _, v := range views {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\tby %s\t%s\n", v.Signal, v.ReceivedAt, v.Creditor, v.Kind, orDash(v.State), strings.Join(v.FoundBy, ", "),
				map[bool]string{true: "sure", false: "not sure: perhaps a housemate's"}[v.Surely])
		}
		fmt.Fprintf(w, "%d found\n", len(views))
	})
}

// livingCode refuses a code under which nothing is kept: one that went into a
// successor, or one that no party has. An objection under it would block
// nobody.
func (b *books) livingCode(ctx context.Context, all gateway.Reorganisations, m gateway.Municipality) error {
	if holder := all.Holder(m); holder != m {
		return fmt.Errorf("%s went into %s: give --municipality %s, and --for its OIN when the municipality instructs", m, holder, holder)
	}
	parties, err := b.truth.Register.Parties(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(parties, func(p gateway.Party) bool { return p.Municipality == m }) {
		return fmt.Errorf("no registered gemeente has the code %s", m)
	}
	return nil
}
