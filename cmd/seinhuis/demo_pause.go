// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// feedback lets each municipality answer some of its signals: in one of five
// cases help was accepted, and once the reason must be withheld.
func (s *story) feedback(ctx context.Context) error {
	today := gateway.Today(s.world.now)
	for i, m := range s.municipalities {
		ids := make([]gateway.SignalID, 0, len(s.opened[i]))
		for id := range s.opened[i] {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		helped := 0
		for n, id := range ids {
			result := gateway.Result("")
			switch {
			case n%5 == 0:
				result, helped = gateway.ResultQuickFix, helped+1
			case n == 1:
				result = gateway.ResultOtherReason
			case n == 2:
				result = gateway.ResultNoResident
			default:
				continue
			}
			_, err := m.Feedback(ctx, gateway.Feedback{ID: gateway.FeedbackID(gateway.NewUUID(time.Now(), nil)),
				SignalID: id, Result: result, Date: today})
			if err != nil {
				return err
			}
		}
		s.pauses += helped
		s.say("   %-10s signed feedback: %d residents accepted help; one signal not taken up, reason withheld; one is no resident", demoMunicipalities[i].Name, helped)
	}
	return nil
}

// pause lets the creditors read their notices and confirm every pause.
func (s *story) pause(ctx context.Context) error {
	found := 0
	shown := false
	for i, c := range s.creditors {
		kinds := map[gateway.NoticeKind]int{}
		for after := int64(0); ; {
			page, err := c.Notices(ctx, after, 0)
			if err != nil {
				return err
			}
			if len(page.Notices) == 0 {
				break
			}
			for _, n := range page.Notices {
				kinds[n.Claims.Kind]++
				if n.Claims.Pause == nil {
					continue
				}
				found++
				if _, err := c.ConfirmNotice(ctx, n.Claims.ID, gateway.NoticeApplied); err != nil {
					return err
				}
				if !shown {
					shown, s.shown = true, n.Claims
					s.say("   A signed acknowledgement, as %s got it:", demoCreditors[i].Name)
					s.say("     soort %s   meldingId %s", n.Claims.Kind, n.Claims.ReportID)
					s.say("     pauze %s   from %s until %s", n.Claims.Pause.ID, n.Claims.Pause.From, n.Claims.Pause.Until)
				}
			}
			after = page.Next
		}
		s.say("   %-34s notices: %s", demoCreditors[i].Name, counted(kinds))
	}
	if found != s.pauses || found == 0 {
		return fmt.Errorf("%d residents accepted help and %d pauses arrived", s.pauses, found)
	}
	if !shown {
		return errors.New("no pause was shown")
	}
	s.say("   All %d pauses confirmed as applied.", found)
	return nil
}

func counted(kinds map[gateway.NoticeKind]int) string {
	var names []string
	for k := range kinds {
		names = append(names, string(k))
	}
	slices.Sort(names)
	text := ""
	for i, name := range names {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%d %s", kinds[gateway.NoticeKind(name)], name)
	}
	return text
}
