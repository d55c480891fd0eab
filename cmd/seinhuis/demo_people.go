// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/routing"
)

// Synthetic persons. House numbers start at 90000: no Dutch postcode has them,
// so no real household is ever named.

var demoSurnames = strings.Fields("Bakker Jansen Visser Smit Meijer Mulder Bos Vos Peters Hendriks Dekker Brouwer Dijkstra Koster Willems Prins Huisman Postma Kuiper Veenstra Yilmaz Kaya Benali Nguyen Müller Weiß")

var demoPrefixes = []string{"", "", "", "", "van", "de", "van der", "van den", "ten"}

// people makes the same persons again from the same seed.
type people struct {
	random    *rand.Rand
	today     gateway.Date
	postcodes [][]string // per municipality of the demo: those that lie in it whole
}

func newPeople(seed uint64, today gateway.Date) *people {
	p := &people{random: rand.New(rand.NewPCG(seed, 0x5e1)), today: today}
	table, err := routing.Sample()
	if err != nil {
		panic("demo: built-in routing sample: " + err.Error()) // a test of routing compiles it
	}
	for _, m := range demoMunicipalities {
		p.postcodes = append(p.postcodes, table.Postcodes(m.Municipality))
	}
	return p
}

// report makes a report that every rule lets through.
func (p *people) report(kind gateway.ReportKind, municipality int) client.Report {
	day := func(ago int) string { return p.today.AddDays(-ago).String() }
	age := 35 + p.random.IntN(50)
	homes := p.postcodes[municipality]
	surname := demoSurnames[p.random.IntN(len(demoSurnames))]
	number := 90000 + p.random.IntN(9000)
	return client.Report{
		Kind: kind, Reference: fmt.Sprintf("K%07d", p.random.IntN(10_000_000)),
		SignalDate: day(0), ArrearsSince: day(age),
		AmountInCents: int64(8000 + p.random.IntN(90_000)),
		Crisis:        p.random.IntN(12) == 0,
		Efforts: client.Efforts{PersonalContact: day(20), PointedToHelp: day(18),
			Reminders: []string{day(25), day(16), day(8)}, OfferMade: day(8), PaymentPlan: day(7)},
		Person: client.Person{Initials: string(rune('A'+p.random.IntN(26))) + ".", Prefix: demoPrefixes[p.random.IntN(len(demoPrefixes))],
			Surname: surname},
		Address: client.Address{Postcode: homes[p.random.IntN(len(homes))], Number: number,
			Street: "Voorbeeldstraat"},
		Contact: client.Contact{Phone: fmt.Sprintf("06 %08d", 10_000_000+p.random.IntN(1_000_000)),
			Email: fmt.Sprintf("persoon%d@voorbeeld.example", p.random.IntN(1_000_000))},
	}
}
