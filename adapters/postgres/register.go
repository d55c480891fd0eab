// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"encoding/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/register"
)

// Register is parties and agreements. It fills [register.Store].
type Register struct{ db *DB }

// Register is the view for package register.
func (d *DB) Register() *Register { return &Register{d} }

// Version implements [register.Store].
func (r *Register) Version(ctx context.Context) (version int64, err error) {
	err = each(r.db.read.with(ctx), func(scan func(...any) error) error { return scan(&version) },
		`SELECT version FROM register_version`)
	return version, err
}

// Parties implements [register.Store].
func (r *Register) Parties(ctx context.Context) ([]gateway.Party, error) {
	return parties(r.db.read.with(ctx), nil)
}

// parties gives the parties with these OINs, or all when oins is nil, in one
// statement, so that a party is never seen with another version's keys.
func parties(q querier, oins []gateway.OIN) ([]gateway.Party, error) {
	var found []gateway.Party
	err := each(q, func(scan func(...any) error) error {
		var p gateway.Party
		var k storedKey
		if err := scan(&p.OIN, &p.Kind, &p.Name, &p.State, &p.Municipality, &p.ReceiptAlg, &p.NumberFormat, &p.MayRSAOAEP, &p.BodyDays, &p.TokenDays,
			&k.id, &k.use, &k.algorithm, &k.spki, &k.from, &k.until); err != nil {
			return err
		}
		if n := len(found); n == 0 || found[n-1].OIN != p.OIN {
			found = append(found, p)
		}
		if k.spki == nil {
			return nil
		}
		key, err := k.open()
		last := &found[len(found)-1]
		last.Keys = append(last.Keys, key)
		return err
	}, `SELECT p.oin, p.kind, p.name, p.state, coalesce(p.municipality, ''), p.receipt_alg, p.number_format, p.may_rsa_oaep, p.body_days, p.token_days,
			coalesce(k.id, ''), coalesce(k.use, ''), coalesce(k.algorithm, ''), k.spki, k.from_at, k.until_at
		FROM party AS p LEFT JOIN party_key AS k ON k.oin = p.oin
		WHERE $1::text[] IS NULL OR p.oin = ANY ($1)
		ORDER BY p.oin, k.position`, texts(oins))
	return found, err
}

// nameParties fills in what the register knows of parties that have only their
// OIN; one that left it stays as it is.
func nameParties(q querier, named []*gateway.Party) error {
	var oins []gateway.OIN
	for _, p := range named {
		if p.OIN != "" {
			oins = append(oins, p.OIN)
		}
	}
	if len(oins) == 0 {
		return nil
	}
	known, err := parties(q, oins)
	if err != nil {
		return err
	}
	for _, k := range known {
		for _, p := range named {
			if p.OIN == k.OIN {
				*p = k
			}
		}
	}
	return nil
}

// Agreements implements [register.Store].
func (r *Register) Agreements(ctx context.Context) ([]gateway.Agreement, error) {
	return agreements(r.db.read.with(ctx))
}

func agreements(q querier) ([]gateway.Agreement, error) {
	var found []gateway.Agreement
	err := each(q, func(scan func(...any) error) error {
		var a gateway.Agreement
		var kinds, bases []byte
		var from, until *int64
		if err := scan(&a.ID, &a.Creditor, &a.Municipality, &kinds, &bases, &from, &until,
			&a.ThresholdInCents, &a.BirthDateAllowed, &a.PauseDays, &a.Prolongations); err != nil {
			return err
		}
		a.From, a.Until = date(from), date(until)
		if err := json.Unmarshal(kinds, &a.Kinds); err != nil {
			return err
		}
		found = append(found, a)
		return json.Unmarshal(bases, &found[len(found)-1].Bases)
	}, `SELECT id, creditor, municipality, kinds, bases, from_on, until_on, threshold_in_cents, birth_date_allowed, pause_days, prolongations
		FROM agreement ORDER BY id`)
	return found, err
}

// Write implements [register.Store].
func (r *Register) Write(ctx context.Context, fn func(register.Tx) error) error {
	return r.db.write.do(ctx, func(t *tx) error { return fn(t) })
}

// PutParties implements [register.Tx]. Those that make room go first: one
// municipality may hand its code to another in one call.
func (t *tx) PutParties(parties []gateway.Party) error {
	for _, active := range []bool{false, true} {
		for _, p := range parties {
			if (p.State == gateway.PartyActive) != active {
				continue
			}
			if err := t.putParty(p); err != nil {
				return err
			}
		}
	}
	return t.raise()
}

func (t *tx) putParty(p gateway.Party) error {
	var municipality any
	if p.Municipality != "" {
		municipality = string(p.Municipality)
	}
	_, err := t.exec(`INSERT INTO party (oin, kind, name, state, municipality, receipt_alg, number_format, may_rsa_oaep, body_days, token_days)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (oin) DO UPDATE SET kind = excluded.kind, name = excluded.name, state = excluded.state,
			municipality = excluded.municipality, receipt_alg = excluded.receipt_alg,
			number_format = excluded.number_format, may_rsa_oaep = excluded.may_rsa_oaep,
			body_days = excluded.body_days, token_days = excluded.token_days`,
		string(p.OIN), string(p.Kind), p.Name, string(p.State), municipality, p.ReceiptAlg, p.NumberFormat, p.MayRSAOAEP, p.BodyDays, p.TokenDays)
	if isUnique(err) {
		return gateway.Fail(gateway.KindConflict, errCodeTaken)
	}
	if err != nil {
		return err
	}
	if _, err := t.exec(`DELETE FROM party_key WHERE oin = $1`, string(p.OIN)); err != nil {
		return err
	}
	for i, k := range p.Keys {
		if err := t.putKey(p.OIN, i, k); err != nil {
			return err
		}
	}
	return nil
}

// PutAgreements implements [register.Tx].
func (t *tx) PutAgreements(agreements []gateway.Agreement) error {
	for _, a := range agreements {
		kinds, err := list(a.Kinds)
		if err != nil {
			return failed(t.fail(err))
		}
		bases, err := list(a.Bases)
		if err != nil {
			return failed(t.fail(err))
		}
		if _, err := t.exec(`INSERT INTO agreement (id, creditor, municipality, kinds, bases, from_on, until_on,
				threshold_in_cents, birth_date_allowed, pause_days, prolongations)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (id) DO UPDATE SET creditor = excluded.creditor, municipality = excluded.municipality,
				kinds = excluded.kinds, bases = excluded.bases, from_on = excluded.from_on, until_on = excluded.until_on,
				threshold_in_cents = excluded.threshold_in_cents, birth_date_allowed = excluded.birth_date_allowed,
				pause_days = excluded.pause_days, prolongations = excluded.prolongations`,
			a.ID, string(a.Creditor), string(a.Municipality), kinds, bases, day(a.From), day(a.Until),
			a.ThresholdInCents, a.BirthDateAllowed, a.PauseDays, a.Prolongations); err != nil {
			return err
		}
	}
	return t.raise()
}

func (t *tx) raise() error { return t.execOne(`UPDATE register_version SET version = version + 1`) }
