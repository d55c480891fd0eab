// SPDX-License-Identifier: EUPL-1.2

package s3_test

import (
	"os"
	"testing"

	"github.com/seinhuis/seinhuis/adapters/s3"
	"github.com/seinhuis/seinhuis/adapters/s3/s3test"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

var _ mailbox.Bodies = (*s3.Bodies)(nil)

func TestMain(m *testing.M) { os.Exit(s3test.Main(m)) }

func TestBodies(t *testing.T) {
	server := s3test.Start(t)
	gatewaytest.Bodies(t, func(t *testing.T) mailbox.Bodies {
		store, _ := server.Store(t)
		return store.Bodies()
	})
}
