/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pki/zoo_int.h"

/* These keep nothing secret: they stand in the source, so that a server's owner puts them
 * into its configuration once. An RSA key also takes too long to be made for each run. */
const char es_zoo_rsa_key[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCPRsJYI3v5H10f\n"
    "IAMqJ4t8RW/4cIXe8/6hjkoeBtj2LmNCSIWBUJiCfBGh8zipc3oa5fL4Ws2eusTG\n"
    "V7cWANwiAhodjMFGld+4fzgHNB9VRQOEccLbFIQ2CVB6fTTW1gmaccYNTNWWioMa\n"
    "xS3ht+5PIlItNN2q8suJOQm5xNIGxS+fLCOtPW4T9Yqx2NljJiN2vmlwL+wdPcaf\n"
    "6z0HlUXxvrpDr5nwuO2TLmvBYbhkPe6gkz4mTigSYJtwITv9VKOPTCEtUfHwKle0\n"
    "STk8L8Y7npHAIBTJMyY64Fgvy8UdZvDrcomll97PzkdMqLA5IXRL80wP+Vy62tso\n"
    "CCi4BvqlAgMBAAECggEAA7KeAp8f0vhWDR7+L4QhW6eBhUlTwY/m6w2vqGi61SR+\n"
    "iumX1uEl0bBMCc1e9/7/9sCNuo7CLpRZaCXZY5r84DyeDSDJC2S3Omny7NSrV/MJ\n"
    "Bs3Wa2FzLBKl3hNr930P3S/0hMfBd21c7T++uGWb1xtmpyRti1aEaqbRmaOUj0VV\n"
    "Qd7wnmxnCi12RHPNtcOH0oHetoopT59qpcw1lJKdlwEhrGDO5D4i/aK/S2bO0eb6\n"
    "f3rhbUrp4sZ7N6+L7CoFCWiSKstb3JTi3cU0a8pWNta6c2E3g0CKb5aWRlKNQxnp\n"
    "+CSz7OQglogTWMkJtRwMqlgjLeKnmW/RjLzR6E3KfQKBgQDBXjjtobjxPcrkoWam\n"
    "AGWCdJpXzELiiNFKWZ1MVQkVoxM8tidg9cKNtX1JIBFG/rEilgVQpFHEwRFQTJP5\n"
    "GzK3l4gTfHPKwt5wK5LB4ClXSBsBnIUDVvFW+2NrrwvknE8+PfKeQPk1tNdVuOy8\n"
    "utPJon+EulBeK9WcO0LgXw9wqwKBgQC9rwPYsgirqyLsPrBpskxFKTydjOirtmYG\n"
    "8WLkE8cpbsyQi9rZ7CAc4YPzmNpp9rLY7X9pcL2UUANYX0gPnj5vyvbCvuT0mn25\n"
    "D1DweT4pRYaymeTLNSmcIaM09GFAuiBYQA9VAjtUhRWYmh+mKNNBYY8Ir48pGwUo\n"
    "MrsilMRh7wKBgAbqf87AAgVe2Grk+u7lBLxtvzd0rs+7ZQDrw5x/ThvgAUgim7X0\n"
    "FElNPHXpF7UaVuuNwhLoTaRj42Kj2ocGWgIHAW7w/JM79Qi+Bjm48sGUaqLcHkXI\n"
    "Tkl2JFAtqpc6n/rx7EOMv10UYr9GJfF6HSkRDs6Ie2di2fkEhZfQzpSRAoGBAJeA\n"
    "h0j4AhbjbNRWyd7SKzr+Uczg9CHaYKlg+YSEC4obVkaJffabM5b9xL+3MZR7F6RO\n"
    "JXsZMkKYmeNmzw6ybNoruWYYxJReJNa/1f0MScr7Hjfe1TA9OQvcjhfIrTjesODr\n"
    "4ZMbYjoCxhoJ2AeGCh3phy3/0w+Y5kiSJIfdXPF/AoGAYhaii0+FwWocGgJ06BQt\n"
    "sQT929ro4G/fr5rQ6v55r3bnQmSEIWl4QscR9WmvSKBqWtWuvaZfhyImVwDJoOZA\n"
    "9zAB2vXeTeeSfBN4NZc4mOxVP24MBIBLAeyZ114b1tq2rFcQ4QcceYjwjmCIQA0Y\n"
    "7bFdwJSYWsSBOnjky2cL4kA=\n"
    "-----END PRIVATE KEY-----\n";

const char es_zoo_kek_text[] = "estspec test kek";
