// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"testing"

	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

func TestFeedback(t *testing.T)  { gatewaytest.Feedback(t, truth) }
func TestPauses(t *testing.T)    { gatewaytest.Pauses(t, truth) }
func TestClocks(t *testing.T)    { gatewaytest.Clocks(t, truth) }
func TestAnnounce(t *testing.T)  { gatewaytest.Announce(t, truth) }
func TestRights(t *testing.T)    { gatewaytest.Rights(t, truth) }
func TestRetention(t *testing.T) { gatewaytest.Retention(t, truth) }

func TestRetentionYear(t *testing.T) {
	if testing.Short() {
		t.Skip("plays ten years, in one goroutine")
	}
	gatewaytest.RetentionYear(t, truth(t), nil)
}
