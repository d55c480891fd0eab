// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"context"
	"errors"
	"io"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// Handout is a zip that an officer may take away. That he takes it is logged
// before he has it.
type Handout struct {
	Count int64 // entries in it
	write func(context.Context, io.Writer) error
}

// Write streams the zip, once. After an error what was written is of no use.
func (h Handout) Write(ctx context.Context, w io.Writer) error { return h.write(ctx, w) }

// Bundle gathers the published entries in the officer's scope that a query asks
// for, with their proof. Scope, Before and Limit of the query do not count. Asked
// is the question in words, without anything that a person wrote.
func (i *Inspection) Bundle(ctx context.Context, v Visit, q Query, asked string) (Handout, error) {
	s, err := i.signed(ctx, v)
	if err != nil {
		return Handout{}, err
	}
	q.Scope, q.Before, q.Limit = v.Officer.Scope(), s.Head.Tree.N+1, MaxHits
	numbers := audit.Through(s.Head.Tree.N)
	if !asksAll(q) {
		if numbers, err = i.numbers(ctx, q); err != nil {
			return Handout{}, err
		}
	}
	cosigned, err := i.cosigned(ctx)
	if err != nil {
		return Handout{}, err
	}
	bundle, err := audit.NewBundle(s.Checkpoint, s.Sight.Checkpoint, cosigned, i.p.Verifiers, numbers, asked)
	if err != nil {
		return Handout{}, gateway.Fail(gateway.KindInternal, err)
	}
	if err := i.log(ctx, v, audit.LogExported, audit.Digest(bundle.Digest()), counted(v.Officer.Scope(), int(bundle.Count()))); err != nil {
		return Handout{}, err
	}
	return Handout{bundle.Count(), func(ctx context.Context, w io.Writer) error { return bundle.Write(ctx, w, i.p.Rows, i.p.Tiles) }}, nil
}

// numbers asks for all pages of a query.
func (i *Inspection) numbers(ctx context.Context, q Query) (*audit.Numbers, error) {
	numbers := new(audit.Numbers)
	for {
		hits, err := i.p.Journal.Search(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, h := range hits {
			if !numbers.Below(h.Number) {
				return nil, gateway.Fail(gateway.KindInternal, errors.New("oversight: a search does not give the newest first"))
			}
			q.Before = h.Number
		}
		if len(hits) < q.Limit {
			return numbers, nil
		}
	}
}

// asksAll reports whether a query asks for the whole log.
func asksAll(q Query) bool {
	return q.Scope.All() && q.Party == "" && q.Since.IsZero() && q.Until.IsZero() && len(q.Events) == 0 && q.Kind == "" && q.Object == "" &&
		q.Holder == "" && q.Actor == "" && q.Result == "" && q.Trace.IsZero()
}

// WholeLog is the published log as it is, for seincheck log. Only the officer of
// the processor may take it; for others it does not exist.
func (i *Inspection) WholeLog(ctx context.Context, v Visit) (Handout, error) {
	if !v.Officer.Scope().All() {
		return Handout{}, absent()
	}
	s, err := i.signed(ctx, v)
	if err != nil {
		return Handout{}, err
	}
	cosigned, err := i.cosigned(ctx)
	if err != nil {
		return Handout{}, err
	}
	size := s.Head.Tree.N
	if err := i.log(ctx, v, audit.LogExported, audit.Count(int(size))); err != nil {
		return Handout{}, err
	}
	return Handout{size, func(ctx context.Context, w io.Writer) error {
		return audit.CopyLog(ctx, w, i.p.Tiles, s.Checkpoint, size, cosigned)
	}}, nil
}

func (i *Inspection) cosigned(ctx context.Context) ([]audit.File, error) {
	if i.p.Witnesses == nil {
		return nil, nil
	}
	return i.p.Witnesses.Cosigned(ctx)
}

// signed is a standing with a checkpoint that can be handed out.
func (i *Inspection) signed(ctx context.Context, v Visit) (LogState, error) {
	s, err := i.LogState(ctx, v)
	switch {
	case err != nil:
	case s.Doubt != NoDoubt:
		err = conflict(gateway.Code(s.Doubt), "De gepubliceerde stand van het logboek is niet geldig ondertekend; er is niets om te bewijzen.")
	case s.Checkpoint == nil:
		err = conflict(CodeUnpublished, "Er is nog geen stand van het logboek gepubliceerd.")
	}
	return s, err
}

// CodeUnpublished is given for what no checkpoint covers yet.
const CodeUnpublished gateway.Code = "nog-niet-gepubliceerd"

func conflict(code gateway.Code, text string) error {
	return gateway.Refuse(gateway.KindConflict, gateway.Finding{Code: code, Text: text})
}

// Included reports whether an entry in the officer's scope is proven to be in
// the published log. It shows nothing of the entry, and so writes nothing.
// CodeUnpublished says that it waits for the next checkpoint.
func (i *Inspection) Included(ctx context.Context, v Visit, number int64) (LogState, Doubt, error) {
	s, _, d, err := i.entry(ctx, v, number)
	return s, d, err
}

// EntryProof gives one entry in the officer's scope with its proof, for
// seincheck entry. That he takes it is logged first.
func (i *Inspection) EntryProof(ctx context.Context, v Visit, number int64) (proof.EntryProof, error) {
	_, p, d, err := i.entry(ctx, v, number)
	if err != nil {
		return proof.EntryProof{}, err
	}
	if d != NoDoubt {
		if err := i.doubt(ctx, v, d); err != nil {
			return proof.EntryProof{}, err
		}
		return proof.EntryProof{}, conflict(gateway.Code(d), "Deze regel klopt niet met het ondertekende logboek; er is geen bewijs van te geven.")
	}
	if err := i.log(ctx, v, audit.LogExported, counted(v.Officer.Scope(), 1)); err != nil {
		return proof.EntryProof{}, err
	}
	return p, nil
}

// entry proves one entry. Outside the scope it does not exist, whether or not
// it is published.
func (i *Inspection) entry(ctx context.Context, v Visit, number int64) (s LogState, p proof.EntryProof, d Doubt, err error) {
	scope := v.Officer.Scope()
	if scope.Empty() || number < 1 {
		return s, p, d, absent()
	}
	hits, err := i.p.Journal.Search(ctx, Query{Scope: scope, Before: number + 1, Limit: 1})
	if err != nil {
		return s, p, d, err
	}
	if len(hits) != 1 || hits[0].Number != number {
		return s, p, d, absent()
	}
	if s, err = i.signed(ctx, v); err != nil {
		return s, p, d, err
	}
	if number > s.Head.Tree.N {
		return s, p, d, conflict(CodeUnpublished, "Deze regel valt nog onder geen gepubliceerde stand; kijk straks nog eens.")
	}
	path, leaf, d, err := i.prove(ctx, s.Head.Tree, number-1)
	if err != nil || d != NoDoubt {
		return s, p, d, err
	}
	text := proof.Inclusion{Index: number - 1, Path: path, Checkpoint: s.Checkpoint}.Text()
	return s, proof.NewEntryProof(leaf, text), NoDoubt, nil
}
