{
  "variables": {
    "sanitize%": "<!(node -p \"process.env.SSLKIT_SANITIZE || ''\")",
    "openssl%": "<!(node -p \"process.env.SSLKIT_OPENSSL || 'node'\")",
    "openssl_static%": "<!(node -p \"process.env.SSLKIT_OPENSSL_STATIC || ''\")"
  },
  "targets": [
    {
      "target_name": "sslkit",
      "sources": [
        "src/addon.cc",
        "<!@(node scripts/list-sources.mjs)"
      ],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_CPP_EXCEPTIONS"],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": [
        "-isystem<!(node -p \"require('path').resolve(require('node-addon-api').include_dir)\")",
        "-std=c++17", "-O2", "-Wall", "-Wextra", "-Wshadow", "-Wnon-virtual-dtor",
        "-fvisibility=hidden", "-fvisibility-inlines-hidden"
      ],
      "ldflags": ["-Wl,--gc-sections"],
      "conditions": [
        ["sanitize=='address'", {
          "cflags_cc": ["-fsanitize=address", "-fno-omit-frame-pointer", "-g", "-O1"],
          "ldflags": ["-fsanitize=address"]
        }],
        ["sanitize=='thread'", {
          "cflags_cc": ["-fsanitize=thread", "-fno-omit-frame-pointer", "-g", "-O1"],
          "ldflags": ["-fsanitize=thread"]
        }],
        # Linked, but bound to these only because lib/load.ts opens the file with RTLD_DEEPBIND.
        ["openssl=='system'", { "libraries": ["-lssl", "-lcrypto"] }],
        # A copy inside the addon, bound to itself and hidden from Node's.
        ["openssl_static!=''", {
          "libraries": ["<(openssl_static)/libssl.a", "<(openssl_static)/libcrypto.a"],
          "ldflags": ["-Wl,-Bsymbolic", "-Wl,--exclude-libs,ALL"]
        }],
        ["OS=='mac'", {
          "xcode_settings": {
            "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
            "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
            "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
            "OTHER_CFLAGS": ["-Wall", "-Wextra"]
          }
        }]
      ]
    }
  ]
}
