// SPDX-License-Identifier: EUPL-1.2

package retention

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/keys"
)

// leeway is how many days a month's key outlives its month. What was wrapped in the last second of a month may be committed a
// moment later, and no key may go before it.
const leeway = 2

// repair is how many days back a destroyed key is looked at again: the key store and the truth store are two, and a crash
// between them leaves a key that is gone without its entry.
const repair = 400

// Destroy destroys the wrapping keys that are over and that nothing rests under, one transaction each, so that copies of what
// was erased in the store cannot be opened either. It says how many.
func (s *Sweeper) Destroy(ctx context.Context) (destroyed int, err error) {
	now := s.ports.Clock()
	scopes, err := s.ports.Keys.Scopes(ctx)
	if err != nil {
		return 0, gateway.Fail(gateway.KindUnavailable, err)
	}
	var over []keys.Scope
	for _, scope := range scopes {
		if isOver(scope, now) {
			over = append(over, scope)
		}
	}
	if len(over) == 0 {
		return 0, nil
	}
	unused, err := s.ports.Store.Unused(ctx, over, since(now))
	if err != nil || len(unused) == 0 {
		return 0, err
	}
	who, err := s.roll(ctx)
	if err != nil {
		return 0, err
	}
	for _, scope := range over {
		if !slices.Contains(unused, scope.Name) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return destroyed, gateway.Fail(gateway.KindUnavailable, err)
		}
		done, err := s.destroyKey(ctx, scope, who)
		if err != nil {
			return destroyed, err
		}
		if done {
			destroyed++
		}
	}
	return destroyed, nil
}

// since is the day on which a hold must have ended for its key to go: whoever rewraps for it looks at the hold first.
func since(now time.Time) gateway.Date { return gateway.Today(now).AddDays(-leeway) }

// isOver reports whether the key may be looked at: its month is past, or it is that of a hold, of which the store knows whether
// it ended. Names of another form are left alone.
func isOver(scope keys.Scope, now time.Time) bool {
	if !scope.Destroyed.IsZero() && now.Sub(scope.Destroyed) > repair*24*time.Hour {
		return false
	}
	_, period, ok := strings.Cut(scope.Name, "/")
	if !ok {
		return false
	}
	if _, err := gateway.ParseUUID(period); err == nil {
		return true
	}
	first, err := gateway.ParseDate(period + "-01")
	if err != nil {
		return false
	}
	next := gateway.DateOf(first.Time().AddDate(0, 1, 0))
	return gateway.Today(now).After(next.AddDays(leeway - 1))
}

// destroyKey destroys one key. The entry and the receipt are written first and the key is destroyed before they are committed,
// so that the log never tells of a key that lives. When the commit fails the key may be gone without its entry: the next
// sweep finds it unfiled, destroys it once more, and files it.
func (s *Sweeper) destroyKey(ctx context.Context, scope keys.Scope, who roll) (done bool, err error) {
	now, trace := s.ports.Clock(), gateway.NewTrace()
	owner, _, _ := strings.Cut(scope.Name, "/")
	claims := s.claims(Step{Kind: KindKey, Reason: ReasonKey}, []Record{{Controller: Controller(owner), Name: "sleutel/" + scope.Name}}, who, now)
	claims[0].filed.Scope = scope.Name
	if err := s.sign(ctx, claims, now, trace); err != nil {
		return false, err
	}
	err = s.ports.Store.Write(ctx, func(tx Tx) error {
		still, err := tx.Unused([]keys.Scope{scope}, since(now))
		if done = len(still) > 0; err != nil || !done {
			return err
		}
		err = file(tx, claims, func(c claim) (audit.Entry, error) {
			return audit.New(audit.KeyDestroyed, audit.ByGateway(trace), audit.Object(audit.KindKey, strings.Split(scope.Name, "/")...), now,
				audit.Codes(string(keys.BodyWrapping)), audit.Receipt(string(c.filed.Receipt)))
		})
		if err != nil {
			return err
		}
		return s.ports.Keys.Destroy(ctx, scope.Name)
	})
	return done && err == nil, err
}
