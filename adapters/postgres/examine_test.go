// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"errors"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/postgres/postgrestest"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

func TestExamine(t *testing.T) {
	c := testConfig(t, gatewaytest.NewBodies())
	for _, r := range []Role{Gateway, Door, Console, Retention} {
		found, err := Examine(t.Context(), c, r, time.Now)
		if err != nil || found.Fit != nil || !found.Encrypted || !found.Primary || found.Keeps || found.Schema != newest || found.Ends.Before(time.Now()) || found.Skew.Abs() > time.Second {
			t.Errorf("as %s: %+v, %v", r, found, err)
		}
	}
	sound := c
	sound.Trial = false
	if found, err := Examine(t.Context(), sound, Door, time.Now); err != nil || !errors.Is(found.Fit, errForget) {
		t.Errorf("a server that forgets: %+v, %v", found, err)
	}
	wrong := c
	wrong.Passwords = map[Role]string{Door: "anders"}
	if _, err := Examine(t.Context(), wrong, Door, time.Now); err == nil {
		t.Errorf("a wrong password enters")
	}
	empty := c
	empty.Database = postgrestest.Start(t).Database(t, "", nil)
	if found, err := Examine(t.Context(), empty, Owner, time.Now); err != nil || !errors.Is(found.Fit, errEmpty) {
		t.Errorf("no schema: %+v, %v", found, err)
	}
}
