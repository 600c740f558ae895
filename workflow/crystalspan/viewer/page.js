// Unpacks the crystals, hands them to chemiscope, and unfolds the one that is looked at. Names and ids of a landscape
// are strangers' text: they are shown as text (textContent), never as markup.
(async () => {
  "use strict";
  const root = document.querySelector('.crystalspan-explore[data-state="new"]');
  root.dataset.state = "unpacking";
  const find = (name) => root.querySelector(`.cs-${name}`);
  const line = find("line");

  const inflate = async (name) => {
    const text = find(name).textContent.trim();
    const letters = atob(text);
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
    find(name).remove();
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };

  // The counterpart of packed.py.
  const unpack = (bytes) => {
    const length = new DataView(bytes.buffer).getUint32(0, true);
    const told = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
    let place = 4 + length;
    told.arrays = told.arrays.map(({ n, low, step, differences }) => {
      const values = new Float64Array(n);
      let code = 0;
      for (let i = 0; i < n; i++) {
        const at = place + i;
        const stored = bytes[at] + bytes[at + n] * 256 + bytes[at + 2 * n] * 65536 + bytes[at + 3 * n] * 16777216;
        if (differences) code += stored % 2 ? -(stored + 1) / 2 : stored / 2;
        else code = stored;
        values[i] = code === 0 ? NaN : low + step * (code - 1);
      }
      place += 4 * n;
      return values;
    });
    return told;
  };

  // All molecules of a cell, whole: every operation on every listed molecule, each moved by whole cells until its
  // centre lies in the cell.
  const unfold = (told, i) => {
    const [ax, bx, by, cx, cy, cz, setting, which, X, Y, Z] = told.arrays;
    const kind = told.kinds[which[i]];
    const { rotations, translations } = told.settings[setting[i]];
    const [a, b0, b1, c0, c1, c2] = [ax[i], bx[i], by[i], cx[i], cy[i], cz[i]];
    const n = kind.names.length;
    const start = told.first[i];
    const fractional = [];
    for (let k = start; k < start + n; k++) {
      const w = Z[k] / c2;
      const v = (Y[k] - w * c1) / b1;
      fractional.push([(X[k] - w * c0 - v * b0) / a, v, w]);
    }
    const molecules = [];
    kind.molecules.forEach((number, k) => (molecules[number] ??= []).push(k));
    const found = { size: 0, names: [], elements: [], x: [], y: [], z: [], cell: [a, 0, 0, b0, b1, 0, c0, c1, c2] };
    rotations.forEach((r, o) => {
      const t = translations[o];
      for (const atoms of molecules) {
        const placed = atoms.map((k) =>
          [0, 3, 6].map((s) => {
            const f = fractional[k];
            return r[s] * f[0] + r[s + 1] * f[1] + r[s + 2] * f[2] + t[s / 3];
          })
        );
        const shift = [0, 1, 2].map((j) => -Math.floor(placed.reduce((sum, p) => sum + p[j], 0) / placed.length + 1e-3));
        placed.forEach((p, k) => {
          const [u, v, w] = [p[0] + shift[0], p[1] + shift[1], p[2] + shift[2]];
          found.names.push(kind.names[atoms[k]]);
          found.x.push(u * a + v * b0 + w * c0);
          found.y.push(v * b1 + w * c1);
          found.z.push(w * c2);
        });
      }
    });
    found.elements = found.names;
    found.size = found.names.length;
    return found;
  };

  // What chemiscope draws it may take for markup.
  const plain = (text) => text.replace(/</g, "\u2039").replace(/>/g, "\u203a");

  const properties = (told) => {
    const all = {};
    told.columns.forEach((column, c) => {
      const numbers = told.arrays[11 + c];
      const names = column.names && column.names.map(plain);
      const values = names ? Array.from(numbers, (number) => names[number]) : Array.from(numbers);
      if (!names && !values.some((value) => !Number.isNaN(value))) return;
      all[column.name] = { target: "structure", values };
      if (column.unit) all[column.name].units = column.unit;
      if (column.about) all[column.name].description = column.about;
    });
    return all;
  };

  const choices = (select, named, chosen) => {
    select.replaceChildren(...named.map(([text, value]) => new Option(text, value, false, value === chosen)));
  };

  const cellOf = (told, i) => {
    const [ax, bx, by, cx, cy, cz] = told.arrays;
    const rows = [[ax[i], 0, 0], [bx[i], by[i], 0], [cx[i], cy[i], cz[i]]];
    const lengths = rows.map((row) => Math.hypot(...row));
    const angle = (i, j) =>
      (Math.acos(rows[i].reduce((sum, x, k) => sum + x * rows[j][k], 0) / lengths[i] / lengths[j]) * 180) / Math.PI;
    const angles = [angle(1, 2), angle(0, 2), angle(0, 1)];
    return `${lengths.map((x) => x.toFixed(2)).join(" ")} \u00c5, ${angles.map((x) => x.toFixed(1)).join(" ")}\u00b0`;
  };

  const begin = async () => {
    if (typeof DecompressionStream === "undefined")
      throw Error("this browser is too old (it lacks DecompressionStream): take one of 2023 or newer");
    const told = unpack(await inflate("crystals"));
    const n = told.ids.length;
    document.title ||= told.name;
    find("title").textContent = told.name;
    if (n === 0) throw Error("there are no crystals to show");
    // A script that is made here runs at once.
    const library = document.createElement("script");
    library.textContent = new TextDecoder().decode(await inflate("library"));
    root.append(library);

    told.first = new Uint32Array(n + 1);
    for (let i = 0; i < n; i++) told.first[i + 1] = told.first[i] + told.kinds[told.arrays[7][i]].names.length;
    const structures = Array.from({ length: n }, (_, i) => ({
      size: told.kinds[told.arrays[7][i]].names.length * told.settings[told.arrays[6][i]].rotations.length,
      data: i,
    }));
    const known = properties(told);
    const maps = told.maps.filter(({ x, y }) => x in known && y in known);
    const look = () => ({ unitCell: true, axes: "abc" });
    const warnings = new Chemiscope.Warnings();
    warnings.defaultTimeout = -1;
    const config = { meta: find("meta"), map: find("map"), structure: find("structure"), info: find("info") };
    config.loadStructure = async (i) => unfold(told, i);
    const first = maps[0];
    const view = await Chemiscope.DefaultVisualizer.load(
      config,
      {
        meta: { name: plain(told.name) },
        structures,
        properties: known,
        settings: {
          target: "structure",
          pinned: [0],
          structure: [look()],
          map: {
            x: { property: first.x },
            y: { property: first.y },
            color: { property: told.colour, palette: "viridis" },
            symbol: told.symbol,
            size: { factor: n > 3000 ? 20 : 40 },
            markerOutline: n <= 3000,
          },
        },
      },
      warnings
    );

    let current = 0;
    const tell = (i) => {
      if (root.dataset.state === "failed") return;
      current = i;
      const rest = [`${i + 1} of ${n} by energy`];
      for (const { name, unit } of told.columns.slice(0, told.named))
        if (name in known) {
          const value = known[name].values[i];
          if (typeof value === "string") rest.push(`${name} ${value}`);
          else if (!Number.isNaN(value)) rest.push(`${name} ${value.toFixed(3)} ${unit}`);
        }
      if (told.same[i]) rest.push(`repeats ${told.same[i]}`);
      rest.push(cellOf(told, i));
      const id = document.createElement("b");
      id.textContent = told.ids[i];
      line.replaceChildren(id, ` \u00b7 ${rest.join(" \u00b7 ")}${told.note ? ` \u00b7 ${told.note}` : ""}`);
      root.dataset.crystal = i;
    };
    const show = view.info.show.bind(view.info);
    view.info.show = (indexes) => {
      show(indexes);
      tell(indexes.structure);
    };
    const select = (i) => view.select({ structure: i, environment: i, atom: undefined });

    choices(find("maps"), maps.map(({ label }, i) => [label, String(i)]), "0");
    find("maps").onchange = (event) => {
      const { x, y, note } = maps[event.target.value];
      view.map.applySettings({ x: { property: x }, y: { property: y } });
      event.target.title = note;
    };
    choices(find("colours"), Object.keys(known).map((name) => [name, name]), told.colour);
    find("colours").onchange = (event) => view.map.applySettings({ color: { property: event.target.value } });
    const legends = told.columns.filter(({ names }) => names).map(({ name }) => [name, name]);
    choices(find("symbols"), [["all alike", ""], ...legends], told.symbol);
    find("symbols").onchange = (event) => view.map.applySettings({ symbol: event.target.value });
    find("cells").onchange = (event) => {
      const count = Number(event.target.value);
      view.structure.applySettings([{ supercell: [count, count, count] }]);
      framed();
    };
    const added = async (i) => {
      const { guid, color } = view.structure.addViewer();
      if (guid === undefined) return;
      fit();
      view.structure.setActive(guid);
      await view.structure.show({ structure: i, environment: i, atom: undefined });
      view.structure.applySettings([look()]);
      view.structure.oncreate(guid, color, { structure: i, environment: i, atom: undefined });
    };
    // Whole cells are to fit into their panels, which chemiscope cuts at the sides of wide ones.
    const fit = () => {
      const panels = [...(view.structure._cellsData?.values() ?? [])].map(({ viewer }) => viewer);
      for (const viewer of panels)
        viewer._resetView = () => {
          viewer._viewer.zoomTo();
          const { width, height } = viewer._root.getBoundingClientRect();
          viewer._viewer.zoom(width > 2 * height ? 1.4 : 1.75);
          viewer._viewer.setSlab(-1000, 1000);
        };
      return panels;
    };
    // A panel that is made anew has its size only when it was drawn.
    const framed = async () => {
      await new Promise((done) => setTimeout(done, 100));
      for (const viewer of fit()) {
        viewer.resize();
        viewer._resetView();
        viewer._viewer.render();
      }
    };
    const activate = (place) => {
      view.structure.activeIndex = place;
      view.map.setActive(view.structure.active);
    };
    const lowest = async (count) => {
      for (let i = 0; i < Math.min(count, n); i++) {
        if (i < view.structure.pinned().length) {
          activate(i);
          select(i);
        } else await added(i);
      }
      activate(0);
      view.info.show({ structure: 0, environment: 0, atom: undefined });
      framed();
    };
    find("more").onclick = () => added(current).then(framed);
    find("lowest").onclick = () => lowest(4);

    const lowered = told.ids.map((id) => id.toLowerCase());
    const matches = (text) => {
      const wanted = text.trim().toLowerCase();
      const found = [];
      if (wanted)
        for (const fits of [(id) => id === wanted, (id) => id.startsWith(wanted), (id) => id.includes(wanted)])
          for (let i = 0; i < n && found.length < 12; i++) if (fits(lowered[i]) && !found.includes(i)) found.push(i);
      return found;
    };
    const list = find("found");
    const search = find("search");
    const go = (i) => {
      list.hidden = true;
      select(i);
    };
    search.oninput = () => {
      const found = matches(search.value);
      list.replaceChildren(
        ...found.map((i) => {
          const item = document.createElement("li");
          item.textContent = told.ids[i];
          item.onclick = () => go(i);
          return item;
        })
      );
      list.hidden = found.length === 0;
    };
    search.onkeydown = (event) => {
      event.stopPropagation();
      if (event.key === "Escape") list.hidden = true;
      const found = event.key === "Enter" ? matches(search.value) : [];
      if (found.length) go(found[0]);
    };
    find("licences").ontoggle = async (event) => {
      const text = find("notices-text");
      if (event.target.open && !text.textContent) text.textContent = new TextDecoder().decode(await inflate("notices"));
    };
    await lowest(told.shown);
    // For those who look in from outside: scripts of a notebook, tests.
    root.crystalspan = { told, view, unfold: (i) => unfold(told, i), select, ready: performance.now() };
    root.dataset.state = "ready";
  };

  try {
    await begin();
  } catch (error) {
    root.dataset.state = "failed";
    root.crystalspan = { error };
    line.textContent = `The crystals cannot be shown: ${error.message}`;
  }
})();
