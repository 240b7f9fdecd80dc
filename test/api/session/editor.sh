#!/bin/sh
sed -i 's/first: one/first: edited/' "$1"
