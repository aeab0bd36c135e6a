"""`run.py wechat menu FILE`: publish the account's menu."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from channels.contract import ChannelError
from channels.wechat import menu as menus
from channels.wechat.channel import WeChatChannel
from config.settings import Settings
from gateway.configured import wechat_config


async def menu(settings: Settings, file: Path, *, check: bool) -> int:
    """The exit code: 0 published or sound, 1 the file breaks a limit, 2 the channel is off, 4 WeChat refused."""
    try:
        menus.load(file)
    except (menus.MenuError, OSError) as error:
        print(f"{file}: {error}", file=sys.stderr)
        return 1
    if check:
        print(f"{file}: within WeChat's limits")
        return 0
    config = wechat_config(settings)
    if config is None or not config.app_secret:
        print("Set HOTLINE_WECHAT__APP_ID, __APP_SECRET and __TOKEN to publish a menu.", file=sys.stderr)
        return 2
    channel = WeChatChannel(config, time.time)
    try:
        count = await menus.publish(channel.client, file)
    except ChannelError as error:
        page = f" See {error.documentation}" if error.documentation else ""
        print(f"WeChat refused the menu: {error} (code {error.code}).{page}", file=sys.stderr)
        return 4
    finally:
        await channel.close()
    print(f"published {count} buttons; followers see them within 5 minutes")
    return 0
