// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// outcome is what a question gave; it is the JSON document of --json.
type outcome struct {
	OK         bool          `json:"ok"`
	Reason     string        `json:"reason,omitempty"`     // why not, when no finding says so
	KeyFromLog bool          `json:"keyFromLog,omitempty"` // the only key came from the log itself
	Log        *proof.Report `json:"log,omitempty"`
	Bundle     bool          `json:"bundle,omitempty"` // the report is of a bundle of proof, not of a whole log
	Entry      *entry        `json:"entry,omitempty"`
	Receipt    *receipt      `json:"receipt,omitempty"`
	Pause      *verdict      `json:"pause,omitempty"`
	Deletion   *deletion     `json:"deletion,omitempty"`

	compared bool // with an earlier checkpoint
}

// entry is one entry that was proven by itself.
type entry struct {
	Number int64       `json:"number"`
	Size   int64       `json:"size"`
	Origin string      `json:"origin"`
	Entry  proof.Entry `json:"entry"`
}

// receipt is what was verified of a receipt.
type receipt struct {
	KeyID     string          `json:"kid"`
	Algorithm string          `json:"alg"`
	Digest    string          `json:"digest"`
	Claims    json.RawMessage `json:"claims"`
	Recorded  bool            `json:"recorded"` // its entry was seen in the log
	Index     int64           `json:"index,omitempty"`
	Size      int64           `json:"size,omitempty"`
	Origin    string          `json:"origin,omitempty"`
	Entry     *proof.Entry    `json:"entry,omitempty"`

	verified proof.Receipt
}

// deletion is what a deletion receipt says, and what it says of the objects that were asked for.
type deletion struct {
	Kind     string   `json:"kind"`
	Reason   string   `json:"reason"`
	Count    int      `json:"count"`
	ErasedAt string   `json:"erasedAt"`
	Objects  []object `json:"objects"`
}

type object struct {
	Name   string `json:"name"`
	Erased bool   `json:"erased"`
}

func newReceipt(r proof.Receipt) *receipt {
	return &receipt{KeyID: r.KeyID, Algorithm: r.Algorithm, Digest: r.Digest, Claims: json.RawMessage(r.Payload), verified: r}
}

// record notes that the receipt's entry is in the log.
func (r *receipt) record(index, size int64, origin string, e proof.Entry) {
	r.Recorded, r.Index, r.Size, r.Origin, r.Entry = true, index, size, origin, &e
}

func (o outcome) print(w io.Writer, asJSON bool) error {
	var b bytes.Buffer
	if asJSON {
		e := json.NewEncoder(&b)
		e.SetIndent("", "  ")
		if err := e.Encode(o); err != nil {
			return err
		}
	} else {
		o.text(&b)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// text writes the outcome for a reader, the verdict last.
func (o outcome) text(b *bytes.Buffer) {
	if o.Pause != nil {
		o.Pause.text(b)
		return
	}
	if o.Entry != nil {
		line(b, "log", fmt.Sprintf("entry %d of %d in %s", o.Entry.Number, o.Entry.Size, o.Entry.Origin))
		line(b, "entry", fmt.Sprintf("%s %s %s", o.Entry.Entry.Time, o.Entry.Entry.Event, o.Entry.Entry.Object))
	}
	if o.Receipt != nil {
		o.Receipt.text(b)
	}
	if o.Deletion != nil {
		line(b, "erased", fmt.Sprintf("%d of %s at %s, because of %s", o.Deletion.Count, o.Deletion.Kind, o.Deletion.ErasedAt, o.Deletion.Reason))
		for _, asked := range o.Deletion.Objects {
			is := "is among them"
			if !asked.Erased {
				is = "is NOT among them"
			}
			line(b, "object", printable(asked.Name)+" "+is)
		}
	}
	if o.Log != nil {
		o.logText(b)
	}
	if o.KeyFromLog {
		line(b, "WARNING", "the verifier key was found inside the log itself. This shows that the log agrees with itself,")
		line(b, "", "not who made it: whoever can rewrite the log can replace the key. Give --key.")
	}
	if o.OK {
		line(b, "result", "OK")
		return
	}
	line(b, "result", "FAILED")
	if o.Reason != "" {
		line(b, "", o.Reason)
	}
	if o.Log == nil {
		return
	}
	for _, f := range o.Log.Findings {
		line(b, "", f.Text)
	}
	if o.Log.More > 0 {
		line(b, "", fmt.Sprintf("and %d more", o.Log.More))
	}
}

func (o outcome) logText(b *bytes.Buffer) {
	r := o.Log
	line(b, "log", r.Origin)
	if o.Bundle {
		line(b, "entries", fmt.Sprintf("%d in this bundle, of %d under the checkpoint", r.Entries, r.Size))
		line(b, "", "that no other entry should have been in it is not shown; see LEESMIJ.txt in the bundle")
	} else {
		line(b, "entries", fmt.Sprintf("%d under the checkpoint, %d recomputed, %d removed at the end of their term", r.Size, r.Entries, r.Pruned))
	}
	line(b, "tiles", fmt.Sprintf("%d recomputed", r.Tiles))
	line(b, "root", r.Root)
	for _, w := range r.Witnessed {
		line(b, "witness", fmt.Sprintf("%s cosigned the first %d entries at %s", printable(w.Name), w.Size, w.At.Format(time.RFC3339)))
	}
	switch {
	case r.Previous < 0:
	case o.compared:
		line(b, "earlier", fmt.Sprintf("the first %d entries are those of the checkpoint you kept", r.Previous))
	case o.Bundle:
		line(b, "earlier", fmt.Sprintf("the first %d entries are those of checkpoint.vorig, which came with the bundle", r.Previous))
	}
}

func (r *receipt) text(b *bytes.Buffer) {
	line(b, "receipt", fmt.Sprintf("signature %s by key %s is good", r.Algorithm, printable(r.KeyID)))
	line(b, "digest", r.Digest)
	var claims bytes.Buffer
	if err := json.Indent(&claims, r.Claims, "          ", "  "); err == nil {
		line(b, "claims", printable(claims.String()))
	}
	if !r.Recorded {
		line(b, "log", "not checked: this receipt came without a proof of inclusion; give --log, or the evidence document")
		return
	}
	line(b, "log", fmt.Sprintf("entry %d of %d in %s", r.Index+1, r.Size, r.Origin))
	line(b, "entry", fmt.Sprintf("%s %s %s", r.Entry.Time, r.Entry.Event, r.Entry.Object))
}

// line writes a label and a text in columns.
func line(b *bytes.Buffer, label, text string) {
	fmt.Fprintf(b, "%-9s %s\n", label, text)
}

// printable replaces what could steer a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}
