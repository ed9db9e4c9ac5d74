// SPDX-License-Identifier: Apache-2.0

//go:build tools

package tools

// What tests/interop/install builds; named here so that go.mod and go.sum pin all that it needs.
import (
	_ "google.golang.org/grpc/interop/client"
	_ "google.golang.org/grpc/interop/server"
)
