// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
)

// contentVersion is the version of the content that this package reads.
const contentVersion = 1

// Opened is a signal that was fetched and opened: personal data, readable.
type Opened struct {
	Content Content
	JSON    []byte // the content as it was sealed; store this
}

// Content is what is in a signal (docs/formats.md, "signaal"): a report, the
// same anew as a correction, or a withdrawal, with where it came from. It prints its id only.
type Content struct {
	Version      int                  `json:"versie"`
	SignalID     gateway.SignalID     `json:"signaalId"`
	Nature       gateway.SignalNature `json:"aard"`
	Concerns     gateway.SignalID     `json:"betreft,omitzero"` // of a correction: the signal that it puts right
	Municipality gateway.Municipality `json:"gemeente"`
	Creditor     Creditor             `json:"meldendePartij"`
	ReportID     gateway.ReportID     `json:"meldingId"`
	ReceivedAt   time.Time            `json:"ontvangenOp"`
	Digest       string               `json:"sha256"` // of the creditor's signed payload, hexadecimal
	Agreement    string               `json:"overeenkomst,omitzero"`
	Policy       *gateway.PolicyRef   `json:"beleid,omitzero"`
	Warnings     []gateway.Code       `json:"waarschuwingen,omitzero"`
	Report       *ReceivedReport      `json:"melding,omitzero"`
	Withdrawal   *ReceivedWithdrawal  `json:"intrekking,omitzero"`
}

// Creditor names who reported.
type Creditor struct {
	OIN  gateway.OIN `json:"oin"`
	Name string      `json:"naam"`
}

// ReceivedWithdrawal tells that an earlier signal no longer holds.
type ReceivedWithdrawal struct {
	Concerns gateway.SignalID `json:"betreftSignaalId"`
	Reason   WithdrawalReason `json:"reden"`
	Date     gateway.Date     `json:"datum"`
}

// ReceivedReport is a report as policy lets the municipality see it.
type ReceivedReport struct {
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
	Person        Person             `json:"persoon"`
	Address       Address            `json:"adres"`
	Contact       Contact            `json:"contact,omitzero"`
}

// content reads what came out of a sealed body. It checks that the content
// names the signal that was asked for and our own municipality, or one that we
// succeed, as the body itself could be another one that was sealed to the same
// key.
func (c *Client) content(plain []byte, id gateway.SignalID) (Content, error) {
	var out Content
	if json.Unmarshal(plain, &out) != nil { // its error may quote the content
		return Content{}, unverified("content is not the JSON of the contract")
	}
	switch {
	case out.Version != contentVersion:
		return Content{}, unexpected("content has a version that this client does not know")
	case out.SignalID != id:
		return Content{}, unverified("content is of another signal")
	case !c.ours(out.Municipality):
		return Content{}, unverified("content is for another municipality")
	case (out.Nature == gateway.NatureReport || out.Nature == gateway.NatureCorrection) != (out.Report != nil),
		(out.Nature == gateway.NatureCorrection) != (out.Concerns != ""),
		(out.Nature == gateway.NatureWithdrawal) != (out.Withdrawal != nil):
		return Content{}, unexpected("content is neither report, correction nor withdrawal")
	}
	return out, nil
}

// ours reports whether what is about a municipality can be for us: a creditor
// hears of all, a municipality of itself and of those that it succeeds.
func (c *Client) ours(m gateway.Municipality) bool {
	own := c.config.Municipality
	return own == "" || m == own || slices.Contains(c.config.Formerly, m)
}
