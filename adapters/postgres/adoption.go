// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"errors"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/policies"
)

// Adoptions is the history of the policy, and the facts to try one on. It fills
// [adoption.Store] and [adoption.Facts].
type Adoptions struct{ db *DB }

// Adoptions is the view for package adoption.
func (d *DB) Adoptions() *Adoptions { return &Adoptions{d} }

// History implements [adoption.Store]. There are some tens in the life of an
// installation.
func (a *Adoptions) History(ctx context.Context) (adoption.History, error) {
	return policyHistory(a.db.look.with(ctx))
}

func policyHistory(q querier) (adoption.History, error) {
	var h adoption.History
	err := each(q, func(scan func(...any) error) error {
		var p adoption.Proposal
		var own, sum, cases, previous, by, ended []byte
		var from, proposed int64
		var adopted, endedAt *int64
		err := scan(&own, &p.Source, &p.Policy.Name, &p.Policy.Version, &sum, &cases, &previous, &p.Cause, &p.Ticket, &from, &p.Urgent,
			&by, &proposed, &p.State, &adopted, &ended, &endedAt)
		p.ID, p.By, p.EndedBy = text[gateway.UUID](own), text[gateway.UUID](by), text[gateway.UUID](ended)
		p.Policy.Digest, p.Cases, p.Previous = digest(sum), digest(cases), digest(previous)
		p.From, p.At, p.AdoptedAt, p.EndedAt = date(&from), at(&proposed), at(adopted), at(endedAt)
		h = append(h, p)
		return err
	}, `SELECT id, source, name, version, digest, cases, previous, cause, ticket, from_on, urgent, proposed_by, proposed_at, state, adopted_at,
		ended_by, ended_at FROM policy ORDER BY number`)
	if err != nil {
		return nil, err
	}
	place := map[gateway.UUID]int{}
	for i, p := range h {
		place[p.ID] = i
	}
	err = each(q, func(scan func(...any) error) error {
		var a adoption.Approval
		var of, officer, statement []byte
		var when int64
		if err := scan(&of, &officer, &when, &a.Origin, &statement); err != nil {
			return err
		}
		a.Officer, a.At, a.Statement = text[gateway.UUID](officer), at(&when), statement
		i, known := place[text[gateway.UUID](of)]
		if !known {
			return nil // came after the first look
		}
		h[i].Approvals = append(h[i].Approvals, a)
		return nil
	}, `SELECT p.id, a.officer, a.at, a.origin, a.statement FROM policy_approval AS a JOIN policy AS p ON p.number = a.policy ORDER BY a.policy, a.place`)
	return h, err
}

// Documents implements [adoption.Store].
func (a *Adoptions) Documents(ctx context.Context, of gateway.UUID) (policies.Set, error) {
	own, err := uuid(of)
	if err != nil {
		return policies.Set{}, nil // no such proposal
	}
	files := policies.Set{Documents: map[string][]byte{}, Cases: map[string][]byte{}}
	err = each(a.db.look.with(ctx), func(scan func(...any) error) error {
		var part, name string
		var data []byte
		err := scan(&part, &name, &data)
		if part == "document" {
			files.Documents[name] = data
		} else {
			files.Cases[name] = data
		}
		return err
	}, `SELECT f.part, f.name, f.data FROM policy_file AS f JOIN policy AS p ON p.number = f.policy WHERE p.id = $1`, own)
	return files, err
}

// WriteAdoption implements [adoption.Store].
func (a *Adoptions) WriteAdoption(ctx context.Context, fn func(adoption.Tx) error) error {
	return a.db.office.do(ctx, func(t *tx) error { return fn(t) })
}

// PolicyHistory implements [adoption.Tx].
func (t *tx) PolicyHistory() (adoption.History, error) { return policyHistory(t) }

// AddProposal implements [adoption.Tx].
func (t *tx) AddProposal(p adoption.Proposal, files policies.Set) error {
	own, err := uuid(p.ID)
	if err != nil {
		return failed(t.fail(err))
	}
	var by any
	if p.By != "" {
		if by, err = uuid(p.By); err != nil {
			return failed(t.fail(err))
		}
	}
	var number int64
	err = each(t, func(scan func(...any) error) error { return scan(&number) },
		`INSERT INTO policy (id, source, name, version, digest, cases, previous, cause, ticket, from_on, urgent, proposed_by, proposed_at,
			state, adopted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING number`,
		own, string(p.Source), p.Policy.Name, p.Policy.Version, p.Policy.Digest[:], p.Cases[:], p.Previous[:], string(p.Cause), p.Ticket, day(p.From), p.Urgent,
		by, moment(p.At), string(p.State), moment(p.AdoptedAt))
	if err != nil {
		return err
	}
	kept := rowsOf("policy bigint, part text, name text, data bytea")
	for part, all := range map[string]map[string][]byte{"document": files.Documents, "geval": files.Cases} {
		for name, data := range all {
			kept.add(number, part, name, data)
		}
	}
	return t.together(kept.insert("policy_file", ""))
}

var errApproval = errors.New("postgres: an approval changed")

// PutProposal implements [adoption.Tx]. An approval that is there never changes.
func (t *tx) PutProposal(p adoption.Proposal) error {
	own, err := uuid(p.ID)
	if err != nil {
		return failed(t.fail(err))
	}
	var ended any
	if p.EndedBy != "" {
		if ended, err = uuid(p.EndedBy); err != nil {
			return failed(t.fail(err))
		}
	}
	if err := t.execOne(`UPDATE policy SET state = $2, adopted_at = $3, ended_by = $4, ended_at = $5 WHERE id = $1`,
		own, string(p.State), moment(p.AdoptedAt), ended, moment(p.EndedAt)); err != nil {
		return err
	}
	for i, a := range p.Approvals {
		officer, err := uuid(a.Officer)
		if err != nil {
			return failed(t.fail(err))
		}
		if err := t.execOne(`INSERT INTO policy_approval AS a (policy, officer, place, at, origin, statement)
			SELECT number, $2::bytea, $3::bigint, $4::bigint, $5, $6::bytea FROM policy WHERE id = $1
			ON CONFLICT (policy, officer) DO UPDATE SET place = a.place WHERE a.statement = excluded.statement`,
			own, officer, i, moment(a.At), a.Origin, []byte(a.Statement)); err != nil {
			return failed(t.fail(errors.Join(errApproval, err)))
		}
	}
	return nil
}
