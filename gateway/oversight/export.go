// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// MaxExport bounds one export. What is more is refused and never cut off
// silently: the officer narrows his question.
const MaxExport = 100_000

// CodeExportTooLarge is given for a question that finds more.
const CodeExportTooLarge gateway.Code = "uitvoer-te-groot"

// Format is how entries are written down.
type Format string

const (
	// FormatCSV is for a spreadsheet: RFC 4180 with semicolons, which Excel in
	// Dutch takes for the end of a cell, and a byte order mark, by which it knows
	// UTF-8.
	FormatCSV Format = "csv"
	// FormatNDJSON is for programs: one object on a line, with the entry as it
	// stands in the log.
	FormatNDJSON Format = "ndjson"
)

// Formats lists the closed set.
func Formats() []Format { return []Format{FormatCSV, FormatNDJSON} }

// ExportDesk writes entries down for officers. Safe for concurrent use. Called
// by adapters/console.
type ExportDesk struct {
	journal Searcher
	log     Log
}

// NewExportDesk makes it.
func NewExportDesk(journal Searcher, log Log) *ExportDesk { return &ExportDesk{journal, log} }

// Export is one that was counted and logged, ready to be written.
type Export struct {
	Name  string // of a file: codes and a day, nothing that was asked
	Count int
	write func(io.Writer) error
}

// Write streams the entries, newest first. It may be called once.
func (e Export) Write(w io.Writer) error { return e.write(w) }

// Prepare counts what the question finds within the officer's scope, and logs
// the export with that count, before anything leaves (invariant I5). The entries
// themselves come with Write: the log only grows, so that they are the same.
func (d *ExportDesk) Prepare(ctx context.Context, v Visit, q Query, f Format) (Export, error) {
	scope, err := sees(v)
	if err != nil {
		return Export{}, err
	}
	if !slices.Contains(Formats(), f) {
		return Export{}, gateway.Refuse(gateway.KindInvalid, gateway.Finding{Code: gateway.CodeUnknownValue, Pointer: "/formaat", Rule: "Seinhuis formats", Text: "Kies csv of ndjson."})
	}
	q.Scope, q.Limit = scope, MaxHits
	count, first := 0, int64(0)
	err = d.pages(ctx, q, func(hits []Hit) error {
		if first == 0 {
			first = hits[0].Number
		}
		if count += len(hits); count > MaxExport {
			return gateway.Refuse(gateway.KindTooLarge, gateway.Finding{Code: CodeExportTooLarge, Rule: "Seinhuis formats",
				Text: fmt.Sprintf("Deze vraag vindt meer dan %d vermeldingen; kies een kortere periode of een partij.", MaxExport)})
		}
		return nil
	})
	if err != nil {
		return Export{}, err
	}
	entries, err := v.exported(scope.To(q.Party), count, f)
	if err != nil {
		return Export{}, err
	}
	if err := d.log.Write(ctx, entries); err != nil {
		return Export{}, err
	}
	q.Before = first + 1
	return Export{Name: fmt.Sprintf("logboek-%s.%s", gateway.Today(v.At), f), Count: count, write: func(w io.Writer) error {
		if count == 0 {
			return writeHits(w, f, func(func([]Hit) error) error { return nil })
		}
		return writeHits(w, f, func(each func([]Hit) error) error { return d.pages(ctx, q, each) })
	}}, nil
}

// exported are the entries of an export: one for each party of the scope.
func (v Visit) exported(s Scope, count int, f Format) ([]audit.Entry, error) {
	return v.inBooks(audit.LogExported, s, counted(s, count), audit.Codes("uitvoer-"+string(f)))
}

// pages goes through all that a question finds.
func (d *ExportDesk) pages(ctx context.Context, q Query, each func([]Hit) error) error {
	for {
		hits, err := d.journal.Search(ctx, q)
		if err != nil || len(hits) == 0 {
			return err
		}
		if err := each(hits); err != nil || len(hits) < q.Limit {
			return err
		}
		q.Before = hits[len(hits)-1].Number
	}
}

func writeHits(w io.Writer, f Format, pages func(func([]Hit) error) error) error {
	out := bufio.NewWriter(w)
	line := ndjsonLine
	if f == FormatCSV {
		line = csvLine
		fmt.Fprint(out, "\ufeff"+csvRow("nummer", "tijd", "gebeurtenis", "actor", "rol", "object", "resultaat", "herkomst", "spoor", "beleid",
			"codes", "digest", "bewijs", "aantal"))
	}
	err := pages(func(hits []Hit) error {
		for _, h := range hits {
			text, err := line(h)
			if err != nil {
				return err
			}
			if _, err := out.WriteString(text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

func ndjsonLine(h Hit) (string, error) {
	leaf, err := proof.Encode(h.Entry)
	if err != nil {
		return "", err
	}
	line, err := json.Marshal(struct {
		Number int64           `json:"nummer"`
		Entry  json.RawMessage `json:"vermelding"`
	}{h.Number, leaf})
	var whole bytes.Buffer
	whole.Write(line)
	whole.WriteByte('\n')
	return whole.String(), err
}

func csvLine(h Hit) (string, error) {
	e, count := h.Entry, ""
	if e.Count > 0 {
		count = fmt.Sprint(e.Count)
	}
	return csvRow(fmt.Sprint(h.Number), e.Time, e.Event, e.Actor, e.Role, e.Object, e.Result, e.Origin, e.Trace, e.Policy, strings.Join(e.Codes, " "),
		e.Digest, e.Receipt, count), nil
}

// csvRow writes one record of RFC 4180.
func csvRow(cells ...string) string {
	for i, c := range cells {
		if c = inert(c); strings.ContainsAny(c, ";\"\r\n") {
			c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
		}
		cells[i] = c
	}
	return strings.Join(cells, ";") + "\r\n"
}

// inert keeps a spreadsheet from calculating with a cell: an apostrophe before
// what begins as a formula, and before what it would take for a number and
// round, as it does with an OIN or with a digest that is all digits but for an e.
func inert(cell string) string {
	if cell == "" {
		return cell
	}
	if strings.ContainsRune("=+-@\t\r", rune(cell[0])) || len(cell) > 15 && strings.Trim(cell, "0123456789e.") == "" {
		return "'" + cell
	}
	return cell
}
