"""Routing of decoded paths: templates, constraints, precedence, methods."""

import pytest

from emulator.host.errors import PackageFailed
from emulator.host.functions.function import FunctionInfo
from emulator.host.routing.routes import Routes


def function(name: str, route: str, *methods: str) -> FunctionInfo:
    return FunctionInfo(name, "httpTrigger", [], route, frozenset(methods) or None, "function")


def find(routes: Routes, path: str, method: str = "GET") -> tuple[str, dict[str, str]] | None:
    found = routes.find(method, path)
    return found and (found[0].function.name, dict(found[1]))


@pytest.mark.parametrize(
    ("route", "path", "values"),
    [
        ("orders", "/api/orders", {}),
        ("orders", "/API/Orders/", {}),
        ("orders", "/api/orders//", None),
        ("orders", "/api/order", None),
        ("orders/{id}", "/api/orders/a b", {"id": "a b"}),
        ("orders/{id}", "/api/orders/a%2Fb", {"id": "a%2Fb"}),
        ("orders/{id}", "/api/orders/ä", {"id": "ä"}),
        ("orders/{id}", "/api/orders", None),
        ("orders/{id}", "/api/orders/a/b", None),
        ("orders/{id?}", "/api/orders", {}),
        ("orders/{id?}", "/api/orders/a", {"id": "a"}),
        ("orders/{id=5}", "/api/orders", {"id": "5"}),
        ("files/{*path}", "/api/files/a/b.txt", {"path": "a/b.txt"}),
        ("files/{*path}", "/api/files/a/", {"path": "a/"}),
        ("files/{*path}", "/api/files/", {}),
        ("files/{*path}", "/api/files", {}),
        ("v{major}.{minor}", "/api/v1.2", {"major": "1", "minor": "2"}),
        ("{id:int}", "/api/12", {"id": "12"}),
        ("{id:int}", "/api/x", None),
        ("{id:int?}", "/api", {}),
        ("{id:int:min(3)}", "/api/2", None),
        ("{id:range(1,3)}", "/api/3", {"id": "3"}),
        ("{id:long:max(3)}", "/api/4", None),
        ("{id:bool}", "/api/TRUE", {"id": "TRUE"}),
        ("{id:alpha}", "/api/a1", None),
        (
            "{id:guid}",
            "/api/0f8fad5b-d9cb-469f-a165-70867728950e",
            {"id": "0f8fad5b-d9cb-469f-a165-70867728950e"},
        ),
        ("{id:guid}", "/api/0f8f", None),
        ("{id:datetime}", "/api/2026-11-22", {"id": "2026-11-22"}),
        ("{id:double}", "/api/1.5", {"id": "1.5"}),
        ("{id:length(2)}", "/api/abc", None),
        ("{id:length(2,3)}", "/api/abc", {"id": "abc"}),
        ("{id:minlength(4)}", "/api/abc", None),
        ("{id:maxlength(2)}", "/api/abc", None),
        (r"{id:regex(^(a|b){{2}}$)}", "/api/ab", {"id": "ab"}),
        (r"{id:regex(^(a|b){{2}}$)}", "/api/abc", None),
    ],
)
def test_template_matches_as_on_the_real_host(
    route: str, path: str, values: dict[str, str] | None
) -> None:
    found = find(Routes([function("x", route)], "api"), path)
    assert found == (None if values is None else ("x", values))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/orders/new", "C_free"),
        ("/api/orders/12", "b_constrained"),
        ("/api/orders/abc", "C_free"),
        ("/api/orders/a/b", "z_rest"),
        ("/api/orders", "b_any"),
        ("/api/things", "a_literal"),
    ],
)
def test_first_name_wins_in_any_order(path: str, name: str) -> None:
    functions = [
        function("z_rest", "orders/{*rest}"),
        function("C_free", "orders/{id}"),
        function("b_constrained", "orders/{id:int}"),
        function("d_literal", "orders/new"),
        function("a_literal", "things"),
        function("b_any", "{any}"),
    ]
    for order in (functions, functions[::-1]):
        found = find(Routes(order, "api"), path)
        assert found is not None
        assert found[0] == name


@pytest.mark.parametrize("route", ["admin/x", "AdminLike", "runtime/{x}", "runtimes"])
def test_reserved_route_is_left_out(route: str) -> None:
    routes = Routes([function("x", route), function("y", "{*all}")], "")
    assert find(routes, "/admin/x") == ("y", {"all": "admin/x"})


def test_function_with_the_hosts_name_is_left_out() -> None:
    assert find(Routes([function("Host", "x")], "api"), "/api/x") is None


def test_route_may_be_shared_by_methods() -> None:
    routes = Routes([function("put", "x/{id}", "PUT"), function("get", "x/{id}", "GET")], "api")
    assert find(routes, "/api/x/1", "PUT") == ("put", {"id": "1"})
    assert find(routes, "/api/x/1", "GET") == ("get", {"id": "1"})
    assert find(routes, "/api/x/1", "DELETE") is None


def test_prefix_may_be_changed_or_empty() -> None:
    assert find(Routes([function("x", "y")], "v1/shop"), "/v1/shop/y") == ("x", {})
    assert find(Routes([function("x", "{*all}")], ""), "/") == ("x", {})
    assert find(Routes([function("x", "y")], ""), "/api/y") is None


@pytest.mark.parametrize(
    ("route", "prefix", "why"),
    [
        ("{x:nosuch}", "api", "unknown route constraint 'nosuch'"),
        ("{x", "api", "route template 'api/{x' has unbalanced braces"),
        ("{}", "api", "route parameter '{}' is malformed"),
    ],
)
def test_invalid_template_is_rejected(route: str, prefix: str, why: str) -> None:
    with pytest.raises(PackageFailed) as refused:
        Routes([function("x", route)], prefix)
    assert str(refused.value) == f"cannot load the x function: {why}"
