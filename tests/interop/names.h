/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The messages of grpc.testing by their short names. */

#include "grpc/testing/test.mesh.h"

typedef Grpc__Testing__Empty Empty;
typedef Grpc__Testing__Payload Payload;
typedef Grpc__Testing__BoolValue BoolValue;
typedef Grpc__Testing__EchoStatus EchoStatus;
typedef Grpc__Testing__SimpleRequest SimpleRequest;
typedef Grpc__Testing__SimpleResponse SimpleResponse;
typedef Grpc__Testing__ResponseParameters ResponseParameters;
typedef Grpc__Testing__StreamingInputCallRequest InputRequest;
typedef Grpc__Testing__StreamingInputCallResponse InputResponse;
typedef Grpc__Testing__StreamingOutputCallRequest OutputRequest;
typedef Grpc__Testing__StreamingOutputCallResponse OutputResponse;

#define EMPTY_INIT               GRPC__TESTING__EMPTY__INIT
#define PAYLOAD_INIT             GRPC__TESTING__PAYLOAD__INIT
#define BOOL_VALUE_INIT          GRPC__TESTING__BOOL_VALUE__INIT
#define ECHO_STATUS_INIT         GRPC__TESTING__ECHO_STATUS__INIT
#define SIMPLE_REQUEST_INIT      GRPC__TESTING__SIMPLE_REQUEST__INIT
#define SIMPLE_RESPONSE_INIT     GRPC__TESTING__SIMPLE_RESPONSE__INIT
#define RESPONSE_PARAMETERS_INIT GRPC__TESTING__RESPONSE_PARAMETERS__INIT
#define INPUT_REQUEST_INIT       GRPC__TESTING__STREAMING_INPUT_CALL_REQUEST__INIT
#define INPUT_RESPONSE_INIT      GRPC__TESTING__STREAMING_INPUT_CALL_RESPONSE__INIT
#define OUTPUT_REQUEST_INIT      GRPC__TESTING__STREAMING_OUTPUT_CALL_REQUEST__INIT
#define OUTPUT_RESPONSE_INIT     GRPC__TESTING__STREAMING_OUTPUT_CALL_RESPONSE__INIT

/* Metadata that a server sends back. */
#define ECHO_INITIAL  "x-grpc-test-echo-initial"
#define ECHO_TRAILING "x-grpc-test-echo-trailing-bin"

enum { BODY_SIZE_MAX = 16 * 1024 * 1024 }; /* of a payload */

/* Zeros, as many as the longest payload has. Nobody writes there. */
Payload zeros_payload(size_t size);
