// SPDX-License-Identifier: EUPL-1.2

package journey

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// Evidence is a receipt again, with the number of its log row.
type Evidence struct {
	Receipt gateway.Compact
	Entry   int64 // from 1; entry n is leaf n-1 of the tree
}

// Evidence finds the receipt of the peer's own report, or of its withdrawal.
// That it was given again is logged.
func (j *Journey) Evidence(ctx context.Context, v gateway.Visit, id gateway.ReportID, withdrawal bool) (Evidence, error) {
	records, err := j.ports.Ledger.Records(ctx, []Key{{v.Peer.OIN(), id}})
	if err != nil {
		return Evidence{}, err
	}
	r := records[0]
	e := Evidence{r.Receipt, r.Entry}
	if withdrawal {
		e = Evidence{r.Withdrawal.Receipt, r.Withdrawal.Entry}
	}
	if !r.Exists() || e.Receipt == nil {
		return Evidence{}, gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: gateway.CodeUnknownReport,
			Rule: "Seinhuis formats", Text: "Van deze melding is geen ontvangstbewijs bekend."})
	}
	slip := gateway.Slip{Peer: v.Peer, ReportID: id, At: v.At, Trace: v.Trace, Digest: r.Digest}
	_, err = j.commit.Do(ctx, member{slip: slip, event: audit.ReceiptGiven})
	return e, err
}
