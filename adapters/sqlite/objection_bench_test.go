// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"encoding/binary"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/keys"
)

// BenchmarkObjected is what one report, or each of 64 in one lookup, pays for
// being held against ten thousand objections.
func BenchmarkObjected(b *testing.B) {
	db := openTest(b)
	today := gateway.Today(gatewaytest.Now())
	tag := func(n int) (t keys.Tag) {
		t.Version = 1
		binary.BigEndian.PutUint64(t.Sum[:], uint64(n)*0x9e3779b97f4a7c15)
		return t
	}
	must(b, db.Objections().WriteObjections(b.Context(), func(tx objection.Tx) error {
		for n := range 10_000 {
			o := objection.Objection{ID: gateway.NewUUID(gatewaytest.Now(), nil), Controller: gatewaytest.Issuer, Municipality: "GM0268",
				Instruction: gateway.NewUUID(gatewaytest.Now(), nil), PlacedOn: today, Until: today, Tags: []objection.Tag{{Kind: pseudonym.TokenResident, Tag: tag(n)}}}
			if err := tx.PlaceObjection(o); err != nil {
				return err
			}
		}
		return nil
	}))
	for name, size := range map[string]int{"one": 1, "of 64": 64} {
		questions := make([]objection.Question, size)
		for i := range questions {
			questions[i] = objection.Question{Municipality: "GM0268", Creditor: gatewaytest.Issuer, On: today, Tags: []keys.Tag{tag(20_000 + i)}}
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				_, err := db.Objections().Objected(b.Context(), questions)
				must(b, err)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/report")
		})
	}
}
