/* SPDX-License-Identifier: Apache-2.0 */
#include "http/syntax.h"

/* Named after what they may stand in: Value, Request target, Token, Host. */
enum {
    o = 0,
    V = HTTP_CHAR_VALUE,
    R = V | HTTP_CHAR_TARGET,
    t = V | HTTP_CHAR_TOKEN,
    T = R | HTTP_CHAR_TOKEN,
    H = T | HTTP_CHAR_HOST,
};

/* clang-format off */
const uint8_t http_char_kinds[256] = {
    o, o, o, o, o, o, o, o,  o, V, o, o, o, o, o, o, /* tab */
    o, o, o, o, o, o, o, o,  o, o, o, o, o, o, o, o,
    V, T, V, t, T, T, T, T,  R, R, T, T, R, H, H, R, /*   ! " # $ % & '  ( ) * + , - . / */
    H, H, H, H, H, H, H, H,  H, H, R, R, V, R, V, R, /* 0 1 2 3 4 5 6 7  8 9 : ; < = > ? */
    R, H, H, H, H, H, H, H,  H, H, H, H, H, H, H, H, /* @ A B C D E F G  H I J K L M N O */
    H, H, H, H, H, H, H, H,  H, H, H, R, V, R, T, H, /* P Q R S T U V W  X Y Z [ \ ] ^ _ */
    T, H, H, H, H, H, H, H,  H, H, H, H, H, H, H, H, /* ` a b c d e f g  h i j k l m n o */
    H, H, H, H, H, H, H, H,  H, H, H, R, T, R, H, o, /* p q r s t u v w  x y z { | } ~   */
    V, V, V, V, V, V, V, V,  V, V, V, V, V, V, V, V,
    V, V, V, V, V, V, V, V,  V, V, V, V, V, V, V, V,
    V, V, V, V, V, V, V, V,  V, V, V, V, V, V, V, V,
    V, V, V, V, V, V, V, V,  V, V, V, V, V, V, V, V,
    V, V, V, V, V, V, V, V,  V, V, V, V, V, V, V, V,
    V, V, V, V, V, V, V, V,  V, V, V, V, V, V, V, V,
    V, V, V, V, V, V, V, V,  V, V, V, V, V, V, V, V,
    V, V, V, V, V, V, V, V,  V, V, V, V, V, V, V, V,
};
/* clang-format on */

int http_hex_digit(char c) {
    if (http_is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool http_is_token(struct text text) {
    for (size_t i = 0; i < text.size; i++)
        if (!http_char_is(text.data[i], HTTP_CHAR_TOKEN))
            return false;
    return text.size > 0;
}
