// SPDX-License-Identifier: EUPL-1.2

package seal

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/objection"
)

// Content is what a municipality reads after opening a signal
// (docs/formats.md, "signaal"). It is plain text on purpose: it exists between
// Seal and the sealing, and at the municipality.
type Content struct {
	Version      int                  `json:"versie"`
	SignalID     gateway.SignalID     `json:"signaalId"`
	Nature       gateway.SignalNature `json:"aard"`
	Concerns     gateway.SignalID     `json:"betreft,omitzero"` // of a correction: the signal that it puts right
	Municipality gateway.Municipality `json:"gemeente"`
	Creditor     Creditor             `json:"meldendePartij"`
	ReportID     gateway.ReportID     `json:"meldingId"`
	ReceivedAt   time.Time            `json:"ontvangenOp"`
	Digest       gateway.Digest       `json:"sha256"` // of the creditor's signed payload
	Agreement    string               `json:"overeenkomst,omitzero"`
	Policy       *gateway.PolicyRef   `json:"beleid,omitzero"`
	Warnings     []gateway.Code       `json:"waarschuwingen,omitzero"`
	Report       *PlainReport         `json:"melding,omitzero"`
	Withdrawal   *PlainWithdrawal     `json:"intrekking,omitzero"`
}

// Creditor names who reported.
type Creditor struct {
	OIN  gateway.OIN `json:"oin"`
	Name string      `json:"naam"`
}

// PlainWithdrawal tells that an earlier signal no longer holds.
type PlainWithdrawal struct {
	Concerns gateway.SignalID `json:"betreftSignaalId"`
	Reason   string           `json:"reden"`
	Date     gateway.Date     `json:"datum"`
}

// PlainReport is the minimised report, readable.
type PlainReport struct {
	Kind          gateway.ReportKind `json:"soort"`
	Basis         gateway.Basis      `json:"grondslag"`
	ConsentDate   gateway.Date       `json:"toestemmingsdatum,omitzero"`
	Pilot         string             `json:"regeling,omitzero"`
	Reference     string             `json:"kenmerk,omitzero"`
	SignalDate    gateway.Date       `json:"signaaldatum"`
	ArrearsSince  gateway.Date       `json:"ontstaansdatum"`
	AmountInCents int64              `json:"bedragInCenten"`
	Crisis        bool               `json:"crisissignaal"`
	WarmHandover  bool               `json:"warmeOverdracht"`
	EndOfSupply   gateway.Date       `json:"eindeLevering,omitzero"`
	Efforts       *gateway.Efforts   `json:"inspanningen,omitzero"`
	Person        plainPerson        `json:"persoon"`
	Address       plainAddress       `json:"adres"`
	Contact       plainContact       `json:"contact,omitzero"`
}

type plainPerson struct {
	Initials  string `json:"voorletters,omitzero"`
	Prefix    string `json:"voorvoegsel,omitzero"`
	Surname   string `json:"achternaam"`
	BirthDate string `json:"geboortedatum,omitzero"`
}

type plainAddress struct {
	Postcode string `json:"postcode"`
	Number   int    `json:"huisnummer"`
	Letter   string `json:"huisletter,omitzero"`
	Addition string `json:"huisnummertoevoeging,omitzero"`
	Street   string `json:"straat,omitzero"`
	Place    string `json:"plaats,omitzero"`
}

type plainContact struct {
	Phone string `json:"telefoon,omitzero"`
	Email string `json:"email,omitzero"`
}

func reportContent(id gateway.SignalID, b objection.Cleared) []byte {
	slip, r := b.Slip(), b.Report()
	c := head(id, gateway.NatureReport, b.Municipality().Municipality, slip)
	if slip.Corrects != "" {
		c.Nature, c.Concerns = gateway.NatureCorrection, slip.Corrects
	}
	c.Agreement = b.Agreement().ID
	ref := PolicyRef(b.Decision())
	c.Policy, c.Warnings = &ref, Warnings(b.Decision())
	c.Report = &PlainReport{
		Kind: r.Kind, Basis: r.Basis, ConsentDate: r.ConsentDate, Pilot: r.Pilot, Reference: r.Reference.Reveal(),
		SignalDate: r.SignalDate, ArrearsSince: r.ArrearsSince, AmountInCents: r.AmountInCents,
		Crisis: r.Crisis, WarmHandover: r.WarmHandover, EndOfSupply: r.EndOfSupply,
		Person: plainPerson{r.Person.Initials.Reveal(), r.Person.Prefix.Reveal(), r.Person.Surname.Reveal(), r.Person.BirthDate.Reveal()},
		Address: plainAddress{r.Address.Postcode.Reveal(), r.Address.Number.Reveal(), r.Address.Letter.Reveal(),
			r.Address.Addition.Reveal(), r.Address.Street.Reveal(), r.Address.Place.Reveal()},
		Contact: plainContact{r.Contact.Phone.Reveal(), r.Contact.Email.Reveal()},
	}
	if e := r.Efforts; !e.PersonalContact.IsZero() || !e.PointedToHelp.IsZero() || len(e.Reminders) > 0 || !e.OfferMade.IsZero() || !e.PaymentPlan.IsZero() {
		c.Report.Efforts = &e
	}
	return encode(c)
}

// WithdrawalContent is the content that tells a municipality that a signal
// was withdrawn.
func WithdrawalContent(id gateway.SignalID, m gateway.Municipality, slip gateway.Slip, w PlainWithdrawal) []byte {
	c := head(id, gateway.NatureWithdrawal, m, slip)
	c.Withdrawal = &w
	return encode(c)
}

func head(id gateway.SignalID, n gateway.SignalNature, m gateway.Municipality, s gateway.Slip) Content {
	return Content{Version: 1, SignalID: id, Nature: n, Municipality: m,
		Creditor: Creditor{s.Peer.OIN(), s.Peer.Party().Name}, ReportID: s.ReportID, ReceivedAt: s.At.UTC(), Digest: s.Digest}
}

func encode(c Content) []byte {
	b, err := json.Marshal(c)
	if err != nil { // every field of Content can be marshalled
		panic(fmt.Sprintf("seal: %T", err))
	}
	return b
}
