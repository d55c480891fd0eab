// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
)

// Synthetic persons. House numbers start at 90000: no Dutch postcode has them,
// so no real household is ever named.

var demoSurnames = strings.Fields("Bakker Jansen Visser Smit Meijer Mulder Bos Vos Peters Hendriks Dekker Brouwer Dijkstra Koster Willems Prins Huisman Postma Kuiper Veenstra Yilmaz Kaya Benali Nguyen Müller Weiß")

var demoPrefixes = []string{"", "", "", "", "van", "de", "van der", "van den", "ten"}

// demoPostcodes lists, per municipality of the demo, postcodes that lie in it
// whole.
var demoPostcodes = [][]string{
	strings.Fields("6511HG 6511HH 6512CT 6515DK 6521DT 6522CX 6523EM 6523EN 6524HJ 6525GL 6525GM 6531GR 6532DM 6533JM 6534TN 6535NJ 6536CJ 6537GK 6537GL 6538HA 6541LB 6542NC 6543MX 6544RE 6545GJ"),
	strings.Fields("2311HA 2312HM 2312HN 2312HP 2313GZ 2314CK 2314CL 2315GR 2316GT 2316GV 2317GM 2317GN 2318ME 2318MG 2321GE 2321GG 2322LK 2323LB 2323LC 2324EE 2331EX 2331EZ 2332HH 2332HJ 2333CA"),
	strings.Fields("1011GR 1016GJ 1017HG 1018HN 1024GS 1025HN 1026CC 1033HE 1034JM 1035HJ 1044AG 1045AG 1054HC 1055HP 1061DN 1062DA 1068GV 1069HK 1076JR 1077HJ 1086WH 1087HJ 1096CJ 1097HR 1105AR"),
}

// people makes the same persons again from the same seed.
type people struct {
	random *rand.Rand
	today  gateway.Date
}

func newPeople(seed uint64, today gateway.Date) *people {
	return &people{rand.New(rand.NewPCG(seed, 0x5e1)), today}
}

// report makes a report that every rule lets through.
func (p *people) report(kind gateway.ReportKind, municipality int) client.Report {
	day := func(ago int) string { return p.today.AddDays(-ago).String() }
	age := 35 + p.random.IntN(50)
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
		Address: client.Address{Postcode: demoPostcodes[municipality][p.random.IntN(len(demoPostcodes[municipality]))], Number: number,
			Street: "Voorbeeldstraat"},
		Contact: client.Contact{Phone: fmt.Sprintf("06 %08d", 10_000_000+p.random.IntN(1_000_000)),
			Email: fmt.Sprintf("persoon%d@voorbeeld.example", p.random.IntN(1_000_000))},
	}
}
