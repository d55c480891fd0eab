// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/keys"
)

// TestSubjectAtSize prints what it costs to find a person among the tokens of one
// municipality and one creditor, and to count the persons of many signals, beside
// what it costs to read each of those tokens once. It runs when SEINHUIS_TRAILS
// says how many signals.
func TestSubjectAtSize(t *testing.T) {
	signals, err := strconv.Atoi(os.Getenv("SEINHUIS_TRAILS"))
	if err != nil {
		t.Skip("set SEINHUIS_TRAILS to the number of signals")
	}
	db := openTest(t)
	n := newNation(t, db)
	creditor, reader := n.creditors[0], n.municipalities[0]
	sumOf := func(i int) [32]byte { return sha256.Sum256(strconv.AppendInt(nil, int64(i), 10)) }
	ids := make([]gateway.SignalID, signals)
	for from := 0; from < signals; from += 1000 {
		var entries []audit.Entry
		var trails tokenRows
		for i := from; i < min(from+1000, signals); i++ {
			n.at = n.at.Add(time.Second)
			report, signal := gateway.NewUUID(n.at, nil), gateway.NewUUID(n.at, nil)
			ids[i] = gateway.SignalID(signal)
			n.rows.add(i+1, i+1, signal, report, "GM1000", creditor, n.at)
			for _, token := range []pseudonym.TokenKind{pseudonym.TokenPerson, pseudonym.TokenResident, pseudonym.TokenAddress} {
				sum := sumOf(3*i + len(token))
				trails.signals, trails.sums, trails.tokens = append(trails.signals, int64(i+1)), append(trails.sums, sum[:]), append(trails.tokens, string(token))
			}
			if i%100 != signals/2%100 {
				continue // what else was logged costs this search nothing
			}
			by := audit.By{Actor: string(creditor), Role: audit.Creditor, Origin: audit.Local, Trace: gateway.NewTrace()}
			e, err := audit.New(audit.ReportReceived, by, audit.Object(audit.KindReport, string(creditor), string(report)), n.at)
			must(t, err)
			entries = append(entries, e)
		}
		must(t, db.write.do(t.Context(), func(x *tx) error {
			if err := errors.Join(n.rows.put(x), trails.put(x)); err != nil {
				return err
			}
			_, err := x.Append(entries)
			return err
		}))
	}
	floor := lasted(t, func() error {
		var all int64
		return each(db.read.with(t.Context()), func(scan func(...any) error) error { return scan(&all) },
			`SELECT sum(length(sum)) FROM trail WHERE municipality = 'GM1000' AND token IN ('person', 'resident')`)
	})
	t.Logf("%d signals; reading their tokens once %v", signals, floor)
	subject := logbook.Subject{Token: pseudonym.TokenPerson, Tag: keys.Tag{Version: 1, Sum: sumOf(3*(signals/2) + len(pseudonym.TokenPerson))}}
	for name, c := range map[string]gateway.OIN{"municipality": reader, "creditor": creditor} {
		took := lasted(t, func() error {
			found, err := db.Logbook().Find(t.Context(), logbook.Filter{Controller: c, Subject: logbook.SubjectID(c, subject), Limit: logbook.MaxFound})
			if err == nil && len(found) != 1 {
				err = fmt.Errorf("%d records", len(found))
			}
			return err
		})
		t.Logf("a person of a %s: %v, %.1f times the floor", name, took, float64(took)/float64(floor))
	}
	for _, some := range []int{1000, 50_000} {
		took := lasted(t, func() error {
			p, err := db.Oversight().Persons(t.Context(), ids[:min(some, signals)])
			if err == nil && p.Distinct != min(some, signals) {
				err = fmt.Errorf("%d persons", p.Distinct)
			}
			return err
		})
		t.Logf("persons of %d signals: %v, %.1f times the floor", min(some, signals), took, float64(took)/float64(floor))
	}
}

// tokenRows are tokens of one municipality, in columns.
type tokenRows struct {
	signals []int64
	sums    [][]byte
	tokens  []string
}

func (r tokenRows) put(x *tx) error {
	_, err := x.exec(`INSERT INTO trail (municipality, sum, version, signal, token, day, expires_on)
		SELECT 'GM1000', n.sum, 1, n.signal, n.token, n.signal % 396, 396 + n.signal % 396 FROM unnest($1::bigint[], $2::bytea[], $3::text[]) AS n (signal, sum, token)`,
		r.signals, r.sums, r.tokens)
	return err
}

// lasted is the shortest of three.
func lasted(t *testing.T, fn func() error) (best time.Duration) {
	t.Helper()
	for i := range 3 {
		start := time.Now()
		must(t, fn())
		if took := time.Since(start); i == 0 || took < best {
			best = took
		}
	}
	return best.Round(time.Millisecond / 10)
}
