(** * Layers: slots, requirements and pools, layer by layer; what S and A have in common.

    A [layout] says what a construction puts where. Layer t of the random network (its widths are
    [lay_wd], its weight layers 0, ..., L-1) holds the slots [lay_slots t]. A new slot a of layer
    t+1 must be connected to the old slots [lay_req t a], with the signs given there, and may need
    further edges ([lay_out]). The groups of layer t say which slots are served from which pool of
    neurons.
    - [place t w] serves the slots greedily, reading the signs w; where no neuron fits it takes
      any, so that a placement always exists and, if the pools are large enough ([enough]), is
      injective. [badlayer]: some slot found no neuron.
    - [place_agree]: the placement of layer t depends only on the signs that the layers before t
      read.
    - [val_step]: under [Mask], which keeps the required edges and the edges from [extra], a
      slot's value is the ReLU of its required old slots, with the required signs, plus the extra
      ones with the signs found. [out_value]: the output.
    - [layer_cond], [group_prob]: whether layer t fails is, for a fixed placement before it, a
      question about fresh signs; a group of slots with k required edges each, all different,
      fails with probability at most G1's sum. *)
Require Import ZArith Reals List Lra Lia Bool.
From Pmone Require Import Sums Probability Pool Network.
Import ListNotations.
Open Scope nat_scope.

Record layout (Slot : Type) := Layout {
  lay_dec : forall a b : Slot, {a = b} + {a <> b};
  lay_L : nat;
  lay_wd : nat -> nat;
  lay_start : Slot -> nat;
  lay_slots : nat -> list Slot;
  lay_req : nat -> Slot -> list (Slot * bool);
  lay_out : nat -> Slot -> nat -> list (coord * bool);
  lay_groups : nat -> (Slot -> nat) -> signs -> list (list Slot * list nat) }.
Arguments Layout {Slot}.
Arguments lay_dec {Slot}.
Arguments lay_L {Slot}.
Arguments lay_wd {Slot}.
Arguments lay_start {Slot}.
Arguments lay_slots {Slot}.
Arguments lay_req {Slot}.
Arguments lay_out {Slot}.
Arguments lay_groups {Slot}.

Lemma find_unique {X} (f : X -> bool) ls a : In a ls -> f a = true ->
  (forall b, In b ls -> f b = true -> b = a) ->
  find f ls = Some a.
Proof.
  intros Ha Hf Hu. induction ls as [|b ls IH]; [easy|]. cbn. destruct (f b) eqn:Eb.
  - rewrite (Hu b); auto. left; auto.
  - apply IH.
    + destruct Ha as [->|]; auto. congruence.
    + intros; apply Hu; auto. right; auto.
Qed.

Section Layers.
Context {Slot : Type} (Y : layout Slot).
Local Notation L := (lay_L Y).
Local Notation wd := (lay_wd Y).
Local Notation slots := (lay_slots Y).
Local Notation req := (lay_req Y).
Local Notation out := (lay_out Y).
Local Notation groups := (lay_groups Y).

(** ** the placement *)
(** the signs that slot a needs at neuron r of layer t+1, the old slots being placed by pl *)
Definition rq (t : nat) (pl : Slot -> nat) (a : Slot) (r : nat) : list (coord * bool) :=
  map (fun bs => ((t, r, pl (fst bs)), snd bs)) (req t a) ++ out t a r.
Definition fit (t : nat) (pl : Slot -> nat) (w : signs) (a : Slot) (r : nat) : bool :=
  fits (rq t pl a r) w.
Definition placed (t : nat) (pl : Slot -> nat) (w : signs) : list (Slot * nat) :=
  flat_map (fun g => serve (fit t pl w) (fst g) (snd g)) (groups t pl w).
Fixpoint assoc (a : Slot) (ls : list (Slot * nat)) : nat :=
  match ls with [] => 0 | (b, r) :: ls' => if lay_dec Y b a then r else assoc a ls' end.
Fixpoint place (t : nat) (w : signs) : Slot -> nat :=
  match t with
  | O => lay_start Y
  | S t' => fun a => assoc a (placed t' (place t' w) w)
  end.
Definition layerfail (t : nat) (pl : Slot -> nat) (w : signs) : bool :=
  existsb (fun g => servefail (fit t pl w) (fst g) (snd g)) (groups t pl w).
Definition badlayer (t : nat) (w : signs) : bool := layerfail t (place t w) w.
Definition enough (t : nat) (pl : Slot -> nat) (w : signs) : Prop :=
  forall g, In g (groups t pl w) -> length (fst g) <= length (snd g).

(** what a layout must satisfy: the groups serve the slots, from disjoint pools inside the layer *)
Record valid : Prop := {
  v_start_inj : forall a b, In a (slots 0) -> In b (slots 0) -> lay_start Y a = lay_start Y b ->
    a = b;
  v_start_lt : forall a, In a (slots 0) -> lay_start Y a < wd 0;
  v_groups : forall t pl w, flat_map fst (groups t pl w) = slots (S t);
  v_pools : forall t pl w, NoDup (flat_map snd (groups t pl w));
  v_pools_lt : forall t pl w r, S t < L -> In r (flat_map snd (groups t pl w)) -> r < wd (S t) }.
Hypothesis V : valid.

Lemma assoc_in a ls : In a (map fst ls) -> In (a, assoc a ls) ls.
Proof.
  induction ls as [|[b r] ls IH]; cbn; intros H; [easy|].
  destruct (lay_dec Y b a) as [->|Ne]; auto. right. apply IH. destruct H as [->|]; auto. congruence.
Qed.
Lemma placed_fst t pl w : map fst (placed t pl w) = slots (S t).
Proof.
  rewrite <- (v_groups V t pl w). unfold placed. induction (groups t pl w) as [|g gs IH]; cbn; auto.
  rewrite map_app, serve_fst, IH. auto.
Qed.
Lemma place_placed t w a : In a (slots (S t)) -> In (a, place (S t) w a) (placed t (place t w) w).
Proof. intros H. cbn [place]. apply assoc_in. rewrite placed_fst. auto. Qed.

Lemma placed_valid t pl w : layerfail t pl w = false \/ enough t pl w ->
  NoDup (map snd (placed t pl w)) /\
  forall g, In g (groups t pl w) -> incl (map snd (serve (fit t pl w) (fst g) (snd g))) (snd g).
Proof.
  intros Hok.
  assert (H : forall g, In g (groups t pl w) ->
    servefail (fit t pl w) (fst g) (snd g) = false \/ length (fst g) <= length (snd g)).
  { intros g Hg. destruct Hok as [H|H]; auto. left. unfold layerfail in H.
    rewrite existsb_false in H. apply (H g Hg). }
  clear Hok. pose proof (v_pools V t pl w) as ND.
  unfold placed. induction (groups t pl w) as [|g gs IH].
  - split; [constructor|intros g []].
  - cbn [flat_map] in ND. destruct (NoDup_app_inv _ _ ND) as (N1 & N2 & D).
    destruct (serve_valid (fit t pl w) (fst g) (snd g) N1 (H g (or_introl eq_refl))) as [S1 S2].
    destruct (IH ltac:(intros; apply H; right; auto) N2) as [I1 I2]. split.
    + cbn [flat_map]. rewrite map_app. apply NoDup_app_intro; auto.
      intros x H1 H2. apply (D x); [apply S2; auto|].
      apply in_map_iff in H2 as [[a r] [<- H2]]. apply in_flat_map in H2 as [g' [Hg' H2]].
      apply in_flat_map. exists g'. split; auto. apply (I2 g' Hg'). apply in_map_iff.
      exists (a, r). auto.
    + intros g' [<-|Hg']; auto.
Qed.

(** every slot lands in the pool of its group *)
Lemma place_group t w a : layerfail t (place t w) w = false \/ enough t (place t w) w ->
  In a (slots (S t)) ->
  exists g, In g (groups t (place t w) w) /\ In a (fst g) /\ In (place (S t) w a) (snd g).
Proof.
  intros Hok Ha. destruct (placed_valid t (place t w) w Hok) as [_ I].
  pose proof (place_placed t w a Ha) as P. unfold placed in P. apply in_flat_map in P as [g [Hg P]].
  exists g. repeat split; auto.
  - rewrite <- (serve_fst (fit t (place t w) w) (fst g) (snd g)). apply in_map_iff. eexists.
    split; [|exact P]. auto.
  - apply (I g Hg). apply in_map_iff. eexists. split; [|exact P]. auto.
Qed.
Lemma place_inj t w a b : layerfail t (place t w) w = false \/ enough t (place t w) w ->
  In a (slots (S t)) -> In b (slots (S t)) -> place (S t) w a = place (S t) w b -> a = b.
Proof.
  intros Hok Ha Hb Eq. destruct (placed_valid t (place t w) w Hok) as [ND _].
  pose proof (place_placed t w a Ha) as Pa. pose proof (place_placed t w b Hb) as Pb.
  pose proof (NoDup_map_inj_in snd _ _ _ ND Pa Pb Eq) as X. congruence.
Qed.
Lemma place_lt t w a : S t < L -> layerfail t (place t w) w = false \/ enough t (place t w) w ->
  In a (slots (S t)) -> place (S t) w a < wd (S t).
Proof.
  intros Ht Hok Ha. destruct (place_group t w a Hok Ha) as (g & Hg & Hag & Hr).
  apply (v_pools_lt V t (place t w) w); auto. apply in_flat_map; eauto.
Qed.
Lemma place_fit t w a : badlayer t w = false -> In a (slots (S t)) ->
  fit t (place t w) w a (place (S t) w a) = true.
Proof.
  intros H Ha. pose proof (place_placed t w a Ha) as P. unfold placed in P.
  apply in_flat_map in P as [g [Hg P]]. eapply serve_fits; [|exact P].
  unfold badlayer, layerfail in H. rewrite existsb_false in H. apply (H g Hg).
Qed.

(** for all layers, the first included *)
Definition roomy (t : nat) (w : signs) : Prop :=
  forall t', t = S t' -> layerfail t' (place t' w) w = false \/ enough t' (place t' w) w.
Lemma slot_inj t w a b : roomy t w -> In a (slots t) -> In b (slots t) ->
  place t w a = place t w b -> a = b.
Proof.
  destruct t as [|t]; intros H; [apply (v_start_inj V)|apply place_inj; apply H; auto].
Qed.
Lemma slot_lt t w a : t < L -> roomy t w -> In a (slots t) -> place t w a < wd t.
Proof.
  destruct t as [|t]; intros Ht H; [apply (v_start_lt V)|apply place_lt; auto].
Qed.

(** ** what the placement reads *)
Definition coords : list coord := coords_of wd L.
Definition layer (c : coord) : nat := fst (fst c).
Lemma coords_nd : NoDup coords. Proof. apply coords_NoDup. Qed.

(** the coordinates of layer t and after *)
Definition from (t : nat) : list coord := filter (fun c => t <=? layer c) coords.
Lemma from_nd t : NoDup (from t). Proof. apply NoDup_filter, coords_nd. Qed.
Lemma in_from t a r c : In (a, r, c) (from t) <-> t <= a < L /\ r < wd (S a) /\ c < wd a.
Proof.
  unfold from. rewrite filter_In. unfold layer. cbn [fst]. rewrite Nat.leb_le. unfold coords.
  rewrite in_coords. lia.
Qed.


Section Reads.
Variable reads : nat -> coord -> Prop.
Hypothesis rq_reads : forall t w, S t < L -> forall g, In g (groups t (place t w) w) ->
  forall a r, In a (fst g) -> In r (snd g) -> forall c, In c (map fst (rq t (place t w) a r)) ->
    reads t c.
Hypothesis groups_reads : forall t pl w w', (forall c, reads t c -> w' c = w c) ->
  groups t pl w' = groups t pl w.

Lemma layer_agree t w w' : S t < L -> (forall c, reads t c -> w' c = w c) ->
  placed t (place t w) w' = placed t (place t w) w /\
    layerfail t (place t w) w' = layerfail t (place t w) w.
Proof.
  intros Ht H. unfold placed, layerfail. rewrite (groups_reads t _ w w' H).
  assert (G : forall g, In g (groups t (place t w) w) ->
     serve (fit t (place t w) w') (fst g) (snd g) = serve (fit t (place t w) w) (fst g) (snd g) /\
     servefail (fit t (place t w) w') (fst g) (snd g)
       = servefail (fit t (place t w) w) (fst g) (snd g)).
  { intros g Hg. apply serve_ext. intros s r Hs Hr. apply fits_agree. intros c Hc. apply H.
    eapply rq_reads; eauto. }
  split; [apply flat_map_ext_in|apply existsb_ext_in]; intros g Hg; apply (G g Hg).
Qed.
Theorem place_agree t w w' : t < L -> (forall t' c, t' < t -> reads t' c -> w' c = w c) ->
  place t w' = place t w.
Proof.
  induction t as [|t IH]; intros Ht H; auto.
  cbn [place]. rewrite IH by (try (intros t' c Ht'; apply H); lia).
  destruct (layer_agree t w w' ltac:(lia) ltac:(intros c; apply H; lia)) as [-> _]. auto.
Qed.

(** ** a layer fails with probability at most b, if it does so for each fixed placement before it *)
Lemma layer_cond t b (fails : (Slot -> nat) -> signs -> bool) w : t < L ->
  (forall t' c, t' < t -> reads t' c -> layer c < t) ->
  (forall w, (E (from t) (fun w' => ind (fails (place t w) w')) w <= b)%R) ->
  (E coords (fun w => ind (fails (place t w) w)) w <= b)%R.
Proof.
  intros Ht Hr H. apply (E_cond (from t)); auto using from_nd, coords_nd.
  - intros c Hc. unfold from in Hc. apply filter_In in Hc. tauto.
  - intros w1. rewrite (E_ext _ _ (fun w' => ind (fails (place t w1) w'))); auto.
    intros w2 A. f_equal. rewrite (place_agree t w1 w2); auto.
    intros t' [[a r] c] Ht' Hr'. apply A. rewrite in_from. intros [X _].
    apply Hr in Hr'; auto. unfold layer in Hr'. cbn in Hr'. lia.
Qed.
End Reads.

(** one group whose slots need k edges each, all of them fresh *)
Lemma group_prob t w0 w slots0 po k : S t < L -> roomy t w0 -> NoDup slots0 -> NoDup po ->
  (forall r, In r po -> r < wd (S t)) ->
  (forall a, In a slots0 -> length (req t a) = k /\ (forall r, out t a r = []) /\
     NoDup (map fst (req t a)) /\ incl (map fst (req t a)) (slots t)) ->
  (forall a a' b, In a slots0 -> In a' slots0 -> In b (map fst (req t a)) ->
    In b (map fst (req t a')) -> a = a') ->
  (E (from t) (fun w' => ind (servefail (fit t (place t w0) w') slots0 po)) w
  <= G1 (length slots0) (length po) (unfit k))%R.
Proof.
  intros Ht Hroom NS NP HP Hreq Hu.
  set (pl := place t w0).
  assert (CD : forall a r z, In a slots0 -> In z (cds (rq t pl) a r) ->
    exists b, In b (map fst (req t a)) /\ z = (t, r, pl b)).
  { intros a r z Ha Hz. unfold cds, rq in Hz. destruct (Hreq a Ha) as (_ & O & _).
    rewrite O, app_nil_r, map_map in Hz.
    apply in_map_iff in Hz as [[b s] [<- Hb]]. exists b. cbn. split; auto. apply in_map_iff.
    exists (b, s). auto. }
  replace (length po) with (length (filter (fun _ => true) po)) by (rewrite filter_true; auto).
  eapply Rle_trans; [|apply (G1_over (rq t pl) k (fun _ => true) po NP (from t) slots0 w
    (from_nd t))].
  - right. reflexivity.
  - intros z Hz. apply in_flat_map in Hz as [a [Ha Hz]]. apply in_flat_map in Hz as [r [Hr Hz]].
    apply CD in Hz as [b [Hb ->]]; auto. apply in_from. repeat split; auto; try lia.
    apply slot_lt; auto; try lia. apply (Hreq a Ha); auto.
  - intros a r Ha. destruct (Hreq a Ha) as (Lk & O & _). unfold rq.
    rewrite O, app_nil_r, map_length. auto.
  - apply scds_NoDup; auto.
    + intros a r Ha Hr. destruct (Hreq a Ha) as (Lk & O & ND & I). unfold cds, rq.
      rewrite O, app_nil_r, map_map.
      cbn [fst]. rewrite <- (map_map fst (fun b => (t, r, pl b))). apply NoDup_map_in; auto.
      intros b b' Hb Hb' Eq. injection Eq as Eq. apply (slot_inj t w0); auto.
    + intros a a' r r' z Ha Ha' Hr Hr' H1 H2. apply CD in H1 as [b [Hb ->]]; auto.
      apply CD in H2 as [b' [Hb' Eq]]; auto. injection Eq as -> Eq. split; auto.
      apply (slot_inj t w0) in Eq; auto.
      * subst b'. apply (Hu a a' b); auto.
      * apply (Hreq a Ha); auto.
      * apply (Hreq a' Ha'); auto.
Qed.

(** ** what the pruned layers compute *)
Section Values.
Variables (w : signs) (extra : nat -> Slot -> list Slot) (last : nat -> list Slot).
Definition edges (t : nat) (a : Slot) : list Slot := map fst (req t a) ++ extra t a.
(** the mask keeps the required and the extra edges of every slot, and the edges from [last o] to
    output o *)
Definition Mask (c : coord) : bool :=
  let '(t, r, cc) := c in
  if S t =? L then mem cc (map (place t w) (last r))
  else match find (fun a => place (S t) w a =? r) (slots (S t)) with
       | Some a => mem cc (map (place t w) (edges t a))
       | None => false
       end.
Variable x : vec.
Definition act (t : nat) : vec := hid wd (pruned w Mask) x t.
Definition value (t : nat) (a : Slot) : R := act t (place t w a).

Lemma value_nonneg t a : (0 <= value (S t) a)%R.
Proof. unfold value, act. cbn [hid]. apply relu_nonneg. Qed.

Hypothesis Hok : forall t, S t < L -> badlayer t w = false.
Lemma ok_roomy t : t < L -> roomy t w.
Proof. intros Ht t' ->. left. apply Hok; auto. Qed.

Open Scope R_scope.
Lemma row_value t r cols : (t < L)%nat -> NoDup cols -> incl cols (slots t) ->
  (forall c, Mask (t, r, c) = mem c (map (place t w) cols)) ->
  mv (wd t) (pruned w Mask t) (act t) r
    = rsum (fun b => sgR (w (t, r, place t w b)) * value t b) cols.
Proof.
  intros Ht ND I HM. rewrite (pruned_row w Mask t r (wd t) (map (place t w) cols)).
  - rewrite rsum_map. reflexivity.
  - apply NoDup_map_in; auto. intros b b' Hb Hb'. apply slot_inj; auto using ok_roomy.
  - intros c Hc. apply in_map_iff in Hc as [b [<- Hb]]. apply slot_lt; auto using ok_roomy.
  - auto.
Qed.

Lemma val_step t a : (S t < L)%nat -> In a (slots (S t)) -> NoDup (edges t a) ->
  incl (edges t a) (slots t) ->
  value (S t) a = relu (rsum (fun bs => sgR (snd bs) * value t (fst bs)) (req t a)
     + rsum (fun b => sgR (w (t, place (S t) w a, place t w b)) * value t b) (extra t a)).
Proof.
  intros Ht Ha ND I. unfold value at 1, act. cbn [hid]. unfold vrelu. f_equal.
  change (hid wd (pruned w Mask) x t) with (act t).
  rewrite (row_value t _ (edges t a)); auto; try lia.
  - unfold edges. rewrite rsum_app, rsum_map. f_equal.
    apply rsum_ext. intros [b s] Hb. cbn [fst snd]. do 2 f_equal.
    pose proof (place_fit t w a (Hok t Ht) Ha) as F. unfold fit in F.
    apply (fits_In _ _ _ _ F). unfold rq. apply in_or_app. left.
    apply in_map_iff. exists (b, s). auto.
  - intros c. unfold Mask. destruct (Nat.eqb_spec (S t) L); [lia|].
    rewrite (find_unique _ _ a); auto.
    + apply Nat.eqb_refl.
    + intros b Hb Hb'. apply Nat.eqb_eq in Hb'. eapply slot_inj; eauto using ok_roomy.
Qed.

Lemma out_value t o : S t = L -> NoDup (last o) -> incl (last o) (slots t) ->
  net wd (pruned w Mask) L x o = rsum (fun b => sgR (w (t, o, place t w b)) * value t b) (last o).
Proof.
  intros Ht ND I. unfold net. replace (L - 1)%nat with t by lia.
  change (hid wd (pruned w Mask) x t) with (act t). apply row_value; auto; try lia.
  intros c. unfold Mask. rewrite Ht, Nat.eqb_refl. auto.
Qed.
End Values.
End Layers.
