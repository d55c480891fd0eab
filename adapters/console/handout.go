// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// Handouts are proofs that an officer takes away. Each is logged before it is
// given. Filled by oversight.Inspection.
type Handouts interface {
	Bundle(ctx context.Context, v oversight.Visit, q oversight.Query, asked string) (oversight.Handout, error)
	WholeLog(ctx context.Context, v oversight.Visit) (oversight.Handout, error)
	EntryProof(ctx context.Context, v oversight.Visit, number int64) (proof.EntryProof, error)
}

// bundlePage gives a bundle of proof.
type bundlePage struct{ handouts Handouts }

func (b bundlePage) page() page {
	return page{path: "/controle/bundel", name: "bundle", costly: costlyToSee(), parent: "check", roles: watchers(), file: b.file}
}

func (b bundlePage) file(ctx context.Context, v *visit) (file, error) {
	var wrong problems
	since, until := dateOf(v, "van", &wrong), dateOf(v, "tot", &wrong)
	if wrong.err() != nil {
		return file{}, gateway.Refuse(gateway.KindInvalid)
	}
	q, name, asked := oversight.Query{}, "bewijsbundel", []string{"regels van de eigen partijen"}
	if v.Officer.Scope().All() {
		asked[0] = "alle regels"
	}
	if !since.IsZero() {
		q.Since = since.Begins()
		name, asked = name+"-vanaf-"+since.String(), append(asked, "vanaf "+since.String())
	}
	if !until.IsZero() {
		q.Until = until.AddDays(1).Begins()
		name, asked = name+"-tot-en-met-"+until.String(), append(asked, "tot en met "+until.String())
	}
	h, err := b.handouts.Bundle(ctx, v.Visit, q, strings.Join(asked, ", "))
	if err != nil {
		return file{}, err
	}
	return file{name + ".zip", "application/zip", func(w io.Writer) error { return h.Write(ctx, w) }}, nil
}

// wholeLogPage gives the published log to the processor's officer.
type wholeLogPage struct{ handouts Handouts }

func (l wholeLogPage) page() page {
	return page{path: "/controle/logboek", name: "wholelog", costly: costlyToSee(), parent: "check", roles: []oversight.Role{oversight.RoleProcessor}, file: l.file}
}

func (l wholeLogPage) file(ctx context.Context, v *visit) (file, error) {
	h, err := l.handouts.WholeLog(ctx, v.Visit)
	if err != nil {
		return file{}, err
	}
	return file{"logboek.zip", "application/zip", func(w io.Writer) error { return h.Write(ctx, w) }}, nil
}

// entryProofPage gives the proof of one entry.
type entryProofPage struct{ handouts Handouts }

func (e entryProofPage) page() page {
	return page{path: "/logboek/{number}/bewijs", name: "entryproof", parent: "search", roles: watchers(), file: e.file}
}

func (e entryProofPage) file(ctx context.Context, v *visit) (file, error) {
	n, ok := parseEntryNumber(v.segment("number"))
	if !ok {
		return file{}, absent()
	}
	p, err := e.handouts.EntryProof(ctx, v.Visit, n)
	if err != nil {
		return file{}, err
	}
	doc, err := p.Encode()
	if err != nil {
		return file{}, gateway.Fail(gateway.KindInternal, err)
	}
	return whole("regel-"+v.segment("number")+".json", "application/json", doc), nil
}

// checkpointPage gives the newest checkpoint, to keep.
type checkpointPage struct{ inspection Inspection }

func (c checkpointPage) page() page {
	return page{path: "/controle/checkpoint", name: "logstand", parent: "check", roles: watchers(), file: c.file}
}

func (c checkpointPage) file(ctx context.Context, v *visit) (file, error) {
	s, err := c.inspection.LogState(ctx, v.Visit)
	if err == nil && s.Checkpoint == nil {
		err = absent()
	}
	return whole("checkpoint.txt", "text/plain; charset=utf-8", s.Checkpoint), err
}

// logKeyPage gives the keys to verify with.
type logKeyPage struct{ keys []string }

func (k logKeyPage) page() page {
	return page{path: "/controle/sleutel", name: "logkey", parent: "check", roles: watchers(), file: func(context.Context, *visit) (file, error) {
		text := "# Vergelijk deze sleutel langs een andere weg voordat u erop vertrouwt.\n" + strings.Join(k.keys, "\n") + "\n"
		return whole("verifier.txt", "text/plain; charset=utf-8", []byte(text)), nil
	}}
}

// whole is a download that is there already.
func whole(name, kind string, data []byte) file {
	return file{name, kind, func(w io.Writer) error {
		_, err := bytes.NewReader(data).WriteTo(w)
		return err
	}}
}

// kindOf is the kind of an error.
func kindOf(err error) gateway.ErrorKind {
	var e *gateway.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return gateway.KindInternal
}
