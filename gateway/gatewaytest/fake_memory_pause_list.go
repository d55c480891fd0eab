// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"cmp"
	"context"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

// Own fills pause.Store.
func (p memoryPauses) Own(_ context.Context, r pause.Reader, after gateway.PauseID, limit int) ([]pause.Listed, error) {
	s, err := p.m.read()
	if err != nil {
		return nil, err
	}
	var all []pause.Listed
	for _, one := range s.pauses {
		now := s.standing(one)
		holder, municipality := r.Holder != "" && now.Holder.OIN == r.Holder, r.Municipality != "" && now.Municipality.Municipality == r.Municipality
		if (holder || municipality) && now.Pause.ID > after {
			all = append(all, pause.Listed{Standing: now, Alarms: s.openAlarms(now.Pause.ID)})
		}
	}
	slices.SortFunc(all, func(a, b pause.Listed) int { return cmp.Compare(a.Pause.ID, b.Pause.ID) })
	return all[:min(len(all), limit)], nil
}

// openAlarms is what waits about one pause, or about a notice of it.
func (s *state) openAlarms(id gateway.PauseID) (open []pause.OpenAlarm) {
	for _, a := range s.alarms {
		about := a.Subject == gateway.UUID(id) || slices.ContainsFunc(s.notices, func(n memoryNotice) bool {
			return gateway.UUID(n.Notice.ID) == a.Subject && n.Notice.Pause != nil && n.Notice.Pause.ID == id &&
				n.Notice.To == s.pauses[s.pausePlace(id)].Holder.OIN
		})
		if about && a.settled.IsZero() && slices.Contains(pause.AlarmKinds(), a.Kind) && !s.gone(a.Alarm) {
			open = append(open, pause.OpenAlarm{Kind: a.Kind, Term: a.Term, Since: a.RaisedAt})
		}
	}
	slices.SortFunc(open, func(a, b pause.OpenAlarm) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Kind, b.Kind)) })
	return open
}
