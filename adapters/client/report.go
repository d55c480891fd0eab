// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
)

// Report (melding) is one arrears as a creditor sends it. docs/openapi.yaml
// describes each field; dates are yyyy-mm-dd. There is no field for a BSN, and
// the gateway refuses one in any other field. It prints its id only.
type Report struct {
	ID            string             `json:"meldingId,omitzero"` // UUID; made when empty
	Kind          gateway.ReportKind `json:"soort"`
	Basis         gateway.Basis      `json:"grondslag,omitzero"`
	ConsentDate   string             `json:"toestemmingsdatum,omitzero"`
	Pilot         string             `json:"regeling,omitzero"`
	Reference     string             `json:"kenmerk,omitzero"` // your customer number
	SignalDate    string             `json:"signaaldatum"`
	ArrearsSince  string             `json:"ontstaansdatum"`
	AmountInCents int64              `json:"bedragInCenten"`
	Crisis        bool               `json:"crisissignaal"`
	WarmHandover  bool               `json:"warmeOverdracht"`
	EndOfSupply   string             `json:"eindeLevering,omitzero"`
	Efforts       Efforts            `json:"inspanningen"`
	Person        Person             `json:"persoon"`
	Address       Address            `json:"adres"`
	Contact       Contact            `json:"contact,omitzero"`
	Salt          string             `json:"zout,omitzero"` // made when empty: keeps the digest from being guessed back
}

// Efforts (inspanningen) is what you declare to have done before reporting.
type Efforts struct {
	PersonalContact string   `json:"persoonlijkContact,omitzero"`
	PointedToHelp   string   `json:"gewezenOpHulp,omitzero"`
	Reminders       []string `json:"herinneringen,omitzero"`
	OfferMade       string   `json:"aanbod,omitzero"`
	PaymentPlan     string   `json:"betalingsregeling,omitzero"`
	Objection       bool     `json:"bezwaar"`
}

// Person is who the report is about.
type Person struct {
	Initials  string `json:"voorletters,omitzero"`
	Prefix    string `json:"voorvoegsel,omitzero"`
	Surname   string `json:"achternaam"`
	BirthDate string `json:"geboortedatum,omitzero"` // only when the agreement allows it
}

// Address is where the person lives; postcode and number decide the municipality.
type Address struct {
	Postcode string `json:"postcode"`
	Number   int    `json:"huisnummer"`
	Letter   string `json:"huisletter,omitzero"`
	Addition string `json:"huisnummertoevoeging,omitzero"`
	Street   string `json:"straat,omitzero"`
	Place    string `json:"plaats,omitzero"`
}

// Contact is how the person can be reached.
type Contact struct {
	Phone string `json:"telefoon,omitzero"`
	Email string `json:"email,omitzero"`
}

// Message is a report, ready to be sent, that stays the same however often it
// is: id, salt and bytes are fixed. A sender that must survive its own crash
// keeps Payload before Send and gives it to PrepareJSON to send it again; a
// report that is prepared anew gets another salt and would be another question.
type Message struct {
	id      gateway.ReportID
	payload []byte
}

// Prepare fills in id and salt where they are empty and fixes the bytes.
func Prepare(r Report) (Message, error) {
	if r.ID == "" {
		r.ID = string(gateway.NewUUID(time.Now(), nil))
	}
	if r.Salt == "" {
		r.Salt = newSalt()
	}
	payload, err := json.Marshal(r)
	if err != nil { // text that is no UTF-8
		return Message{}, fmt.Errorf("%w: report is not valid text", ErrInput)
	}
	return message(r.ID, payload)
}

// PrepareJSON takes a report as a JSON object and changes nothing in it but to
// add an absent meldingId or zout: what is missing or unknown otherwise is for
// the gateway to judge, and no field gets a value that nobody gave. Doubled
// members and invalid UTF-8 are ErrInput.
func PrepareJSON(raw []byte) (Message, error) {
	var given struct {
		ID   jsontext.Value `json:"meldingId"`
		Salt jsontext.Value `json:"zout"`
	}
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &given) != nil {
		return Message{}, fmt.Errorf("%w: report is not one JSON object", ErrInput)
	}
	id, add := "", ""
	if given.ID == nil {
		id = string(gateway.NewUUID(time.Now(), nil))
		add = `"meldingId":"` + id + `"`
	} else if json.Unmarshal(given.ID, &id) != nil {
		return Message{}, fmt.Errorf("%w: meldingId is no text", ErrInput)
	}
	if given.Salt == nil {
		if add != "" {
			add += ","
		}
		add += `"zout":"` + newSalt() + `"`
	}
	if add == "" {
		return message(id, bytes.Clone(raw))
	}
	if len(bytes.TrimSpace(raw[1:len(raw)-1])) > 0 {
		add += ","
	}
	return message(id, append([]byte("{"+add), raw[1:]...))
}

func message(id string, payload []byte) (Message, error) {
	if _, err := gateway.ParseUUID(id); err != nil {
		return Message{}, fmt.Errorf("%w: meldingId: %w", ErrInput, err)
	}
	return Message{gateway.ReportID(id), payload}, nil
}

// ID is the report's meldingId.
func (m Message) ID() gateway.ReportID { return m.id }

// Digest is the SHA-256 that the receipt will name, in hexadecimal.
func (m Message) Digest() string { return gateway.DigestOf(m.payload).String() }

// Payload is the report as it will be signed: personal data, readable.
func (m Message) Payload() []byte { return bytes.Clone(m.payload) }

// newSalt gives 128 bits, so that nobody guesses a report from its digest.
func newSalt() string {
	var b [16]byte
	if _, err := io.ReadFull(rand.Reader, b[:]); err != nil {
		panic("client: no randomness: " + err.Error()) // crypto/rand never fails
	}
	return base64.RawURLEncoding.EncodeToString(b[:])
}
