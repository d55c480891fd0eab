// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// searchFlags are the command line of audit search.
type searchFlags struct {
	event, object, actor, since, until string
	limit                              int
}

func newAuditSearch(g *globals) *cobra.Command {
	var f searchFlags
	c := &cobra.Command{
		Use: "search", Short: "Search the log; that you did is logged", Args: exactly(0),
		Long: `Reads the published log from begin to end, verifies it on the way, and prints the
entries that match, oldest first: the newest --limit of them. Entries hold no
personal data. --object and --actor match the begin of the field.`,
		Example: `  seinhuis audit search --event sleutel-gemaakt --since 2026-11-01
  seinhuis audit search --object melding/00000099000000110001 --limit 0 --json`,
	}
	flags := c.Flags()
	flags.StringVar(&f.event, "event", "", "event code, such as melding-ontvangen (docs/audit-events.md)")
	flags.StringVar(&f.object, "object", "", "begin of the object, such as partij/00000099000000110001")
	flags.StringVar(&f.actor, "actor", "", "begin of the actor: an OIN, beheer, seinhuis")
	flags.StringVar(&f.since, "since", "", "first day (yyyy-mm-dd, UTC)")
	flags.StringVar(&f.until, "until", "", "last day (yyyy-mm-dd, UTC)")
	flags.IntVar(&f.limit, "limit", 100, "at most this many, the newest; 0 for all")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		match, err := f.match()
		if err != nil {
			return err
		}
		return withBooks(cmd.Context(), g, func(b *books) error { return b.search(cmd, g, match, f.limit) })
	}
	return c
}

// match gives the test that an entry must pass.
func (f searchFlags) match() (func(proof.Entry) bool, error) {
	var wrong wrongFlags
	since, until := wrong.date("since", f.since), wrong.date("until", f.until)
	if f.event != "" && !slices.ContainsFunc(audit.Catalogue(), func(m audit.Meaning) bool { return string(m.Event) == f.event }) {
		wrong.add("event", errors.New("is not in the catalogue; docs/audit-events.md lists the codes"))
	}
	if f.limit < 0 {
		wrong.add("limit", errors.New("cannot be negative"))
	}
	before := until.AddDays(1).Time()
	return func(e proof.Entry) bool {
		at := e.At()
		return (f.event == "" || e.Event == f.event) && strings.HasPrefix(e.Object, f.object) && strings.HasPrefix(e.Actor, f.actor) &&
			(since.IsZero() || !at.Before(since.Time())) && (until.IsZero() || at.Before(before))
	}, wrong.err()
}

// foundEntry is one entry with its place in the log, from 1.
type foundEntry struct {
	Number int64       `json:"number"`
	Entry  proof.Entry `json:"entry"`
}

// search writes first that it looks, then looks. With a limit it keeps the
// newest; without, memory would grow with the log, so entries are printed as
// they come.
func (b *books) search(cmd *cobra.Command, g *globals, match func(proof.Entry) bool, limit int) error {
	if err := b.looked(cmd.Context(), audit.LogRead); err != nil {
		return err
	}
	out := newEntryPrinter(cmd.OutOrStdout(), g.json)
	var last []foundEntry
	v, err := b.verifyLog(cmd.Context(), func(index int64, leaf []byte) error {
		e, err := proof.Decode(leaf)
		if err != nil || !match(e) { // what is no entry is a finding of the verification
			return nil
		}
		if limit == 0 {
			return out.print(foundEntry{index + 1, e})
		}
		if len(last) == 2*limit { // a ring without bookkeeping: cut when twice too long
			last = append(last[:0], last[limit:]...)
		}
		last = append(last, foundEntry{index + 1, e})
		return nil
	})
	if err != nil {
		return err
	}
	for _, f := range last[max(0, len(last)-limit):] {
		if err := out.print(f); err != nil {
			return err
		}
	}
	if err := out.end(); err != nil {
		return err
	}
	if !v.OK {
		return errors.New("the log that was searched is not whole; run: seinhuis audit verify")
	}
	if !g.json {
		fmt.Fprintf(cmd.ErrOrStderr(), "%d entries matched; %d rows wait for the next checkpoint and were not searched\n", out.printed, v.Waiting)
	}
	return nil
}

// entryPrinter writes entries one by one, as lines or as one JSON array.
type entryPrinter struct {
	w       io.Writer
	json    bool
	printed int
}

func newEntryPrinter(w io.Writer, asJSON bool) *entryPrinter {
	return &entryPrinter{w: w, json: asJSON}
}

func (p *entryPrinter) print(f foundEntry) error {
	p.printed++
	if !p.json {
		e := f.Entry
		_, err := fmt.Fprintf(p.w, "%d  %s  %s  %s  %s  %s\n", f.Number, e.At().Format(time.RFC3339),
			e.Event, e.Actor, e.Object, strings.Join(append([]string{e.Result}, e.Codes...), " "))
		return err
	}
	leaf, err := proof.Encode(f.Entry)
	if err != nil {
		return err
	}
	before := ",\n"
	if p.printed == 1 {
		before = "["
	}
	_, err = fmt.Fprintf(p.w, `%s{"number":%d,"entry":%s}`, before, f.Number, leaf)
	return err
}

func (p *entryPrinter) end() error {
	if !p.json {
		return nil
	}
	closing := "]\n"
	if p.printed == 0 {
		closing = "[]\n"
	}
	_, err := io.WriteString(p.w, closing)
	return err
}
