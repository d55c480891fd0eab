// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// errRejected says that a file was refused as a whole.
var errRejected = errors.New("het bestand is als geheel geweigerd; er is geen regel verwerkt")

// delivery is how a file is sent.
type delivery struct {
	id, layout           string
	check, openpgp, wait bool
}

func (a *app) aanleveren() *cobra.Command {
	var d delivery
	c := &cobra.Command{
		Use: "aanleveren BESTAND", GroupID: "creditor", Args: exactly("BESTAND"),
		Short: "stuur een bestand met veel meldingen (CSV of NDJSON)",
		Long: `Ondertekent en versleutelt een bestand met meldingen en stuurt het. Het antwoord zegt dat het
bestand veilig is aangekomen; wat er van elke regel werd, haalt u op met sein uitkomsten.

Het id van de aanlevering komt in BESTAND.aanlevering te staan voordat er iets wordt verstuurd.
Herhaalt u de opdracht met hetzelfde bestand, dan is het dezelfde aanlevering; een regel komt
nooit twee keer aan. Met --openpgp kan het bestand groter zijn dan ongeveer 9 MiB; daarvoor
staat openpgp.key in de partijmap.`,
		Example: "  sein aanleveren november.csv --controle --wacht --map ./energie\n  sein aanleveren november.csv --wacht --map ./energie",
	}
	c.Flags().StringVar(&d.layout, "indeling", "", "`soort` bestand: csv of ndjson (anders volgens de naam)")
	c.Flags().StringVar(&d.id, "id", "", "`aanleveringId`, als u dat zelf bijhoudt")
	c.Flags().BoolVar(&d.check, "controle", false, "op proef: elke regel wordt beoordeeld, er wordt niets gemeld")
	c.Flags().BoolVar(&d.openpgp, "openpgp", false, "verstuur in OpenPGP in plaats van JOSE")
	c.Flags().BoolVar(&d.wait, "wacht", false, "wacht tot alle regels zijn verwerkt")
	c.RunE = a.online(func(ctx context.Context, cl door, args []string) error {
		return a.deliver(ctx, cl, args[0], d)
	})
	return c
}

func (a *app) deliver(ctx context.Context, cl door, path string, d delivery) error {
	f := client.File{Path: path, Check: d.check, Envelope: batch.EnvelopeJOSE,
		Layout: batch.Layout(cmp.Or(d.layout, strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")))}
	if f.Layout != batch.LayoutCSV && f.Layout != batch.LayoutNDJSON {
		return wrongUse("geef --indeling csv of ndjson")
	}
	if d.openpgp {
		f.Envelope = batch.EnvelopeOpenPGP
	}
	f.ID = gateway.BatchID(d.id)
	if d.id == "" {
		var err error
		if f.ID, err = a.batchID(path, d.check); err != nil {
			return err
		}
	}
	bar := newBar(a.err, a.json)
	s, err := cl.SendFile(ctx, f, bar.sent)
	bar.end()
	if err == nil && d.wait {
		s, err = cl.WaitBatch(ctx, f.ID, func(s client.BatchStatus) { bar.processed(s.Processed, s.Lines) })
		bar.end()
	}
	if err != nil {
		return err
	}
	return a.batchStatus(s)
}

// batchStatus shows a status; a file that was refused as a whole is a failure.
func (a *app) batchStatus(s client.BatchStatus) error {
	var b strings.Builder
	line := func(name string, value any) { fmt.Fprintf(&b, "  %-16s %v\n", name, value) }
	b.WriteString("Aanlevering")
	if s.Check {
		b.WriteString(" op proef")
	}
	b.WriteString("\n")
	line("id", s.ID)
	line("toestand", s.State)
	line("omvang", fmt.Sprintf("%d bytes, verzegeld", s.Size))
	if s.Lines > 0 {
		line("verwerkt", fmt.Sprintf("%d van %d regels", s.Processed, s.Lines))
		line("geaccepteerd", s.Accepted)
		line("geweigerd", s.Refused)
		line("dubbel", s.Duplicate)
	}
	for _, f := range s.Findings {
		line("bevinding", findingLine(f))
	}
	if err := a.show(s, b.String()); err != nil || s.State != batch.Rejected {
		return err
	}
	return errRejected
}

func (a *app) uitkomsten() *cobra.Command {
	var to string
	c := &cobra.Command{
		Use: "uitkomsten AANLEVERINGID", GroupID: "creditor", Args: exactly("AANLEVERINGID"),
		Short: "haal op wat er van elke regel van een bestand werd",
		Long: `Haalt per regel de uitkomst op, met het gecontroleerde ontvangstbewijs of alle bevindingen.
Met --naar komen ze als NDJSON in een bestand, dat er pas staat als het volledig is en klopt;
bewaar het, het zijn uw bewijzen. Zonder --naar ziet u een korte regel per uitkomst.`,
		Example: "  sein uitkomsten 01932b1c-0000-7000-8000-0000000000b1 --naar uitkomsten.ndjson --map ./energie",
	}
	c.Flags().StringVar(&to, "naar", "", "schrijf de uitkomsten naar `BESTAND`")
	c.RunE = a.online(func(ctx context.Context, cl door, args []string) error {
		id := gateway.BatchID(args[0])
		if to == "" {
			return cl.Outcomes(ctx, id, a.outcome)
		}
		if err := keepOutcomes(ctx, cl, id, to); err != nil {
			return err
		}
		s, err := cl.Batch(ctx, id)
		if err != nil {
			return err
		}
		return a.batchStatus(s)
	})
	return c
}

func (a *app) outcome(o client.Outcome) error {
	text := fmt.Sprintf("regel %d %s %s\n", o.Line, o.Kind, o.ReportID)
	for _, f := range o.Findings {
		text += "  " + findingLine(f) + "\n"
	}
	return a.show(o, text)
}

// keepOutcomes writes the lines as they came; under its name the file is whole
// and on disk, or not there.
func keepOutcomes(ctx context.Context, cl door, id gateway.BatchID, to string) error {
	dir, name := filepath.Dir(to), filepath.Base(to)
	f, err := os.CreateTemp(dir, "."+name+".*"+partSuffix)
	if err != nil {
		return err
	}
	err = cl.Outcomes(ctx, id, func(o client.Outcome) error {
		_, err := f.Write(append(o.Raw[:len(o.Raw):len(o.Raw)], '\n'))
		return err
	})
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), to)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return syncDir(dir)
}

// bar shows progress on one line of a terminal, and nothing anywhere else.
type bar struct {
	to   io.Writer // nil for nowhere
	last string
}

func newBar(to io.Writer, quiet bool) *bar {
	f, ok := to.(*os.File)
	if !ok || quiet {
		return &bar{}
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &bar{}
	}
	return &bar{to: to}
}

func (b *bar) sent(n, total int64)      { b.show("verstuurd", n, total) }
func (b *bar) processed(n, total int64) { b.show("verwerkt ", n, total) }

func (b *bar) show(what string, n, total int64) {
	if b.to == nil || total == 0 {
		return
	}
	const width = 40
	text := fmt.Sprintf("\r%s [%-*s] %3d%%", what, width, strings.Repeat("=", int(width*n/total)), 100*n/total)
	if text != b.last {
		_, _ = io.WriteString(b.to, text)
		b.last = text
	}
}

func (b *bar) end() {
	if b.last != "" {
		_, _ = io.WriteString(b.to, "\n")
		b.last = ""
	}
}
