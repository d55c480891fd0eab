// SPDX-License-Identifier: EUPL-1.2

package mailbox

import (
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// Deposit is a sealed report with its signed receipt, ready to be committed.
// The receipt is given out only after the commit (invariant I2). Only
// NewDeposit makes one.
type Deposit struct {
	sealed  seal.Sealed
	receipt gateway.Compact
}

// NewDeposit joins a sealed report and the receipt that was signed for it.
func NewDeposit(s seal.Sealed, receipt gateway.Compact) Deposit { return Deposit{s, receipt} }

// Sealed is the sealed report.
func (d Deposit) Sealed() seal.Sealed { return d.sealed }

// Receipt is the signed evidence, byte for byte as every replay gives it.
func (d Deposit) Receipt() gateway.Compact { return d.receipt }

// Slip says whose member this is.
func (d Deposit) Slip() gateway.Slip { return d.sealed.Slip() }
